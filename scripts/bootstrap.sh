# Sourced by the other scripts: makes .venv beside the project, with the package and the named
# extras in it, unless it is there already and up to date.
#
#   bootstrap [EXTRA...]     afterwards $venv is the environment

root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
venv=$root/.venv

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for python in python3 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$python"
            return
        fi
    done
    say "gpunet needs python3, 3.11 or newer, with the venv module; none was found"
    exit 1
}

bootstrap() {
    # The stamp holds what was installed, of which pyproject.toml, and where; anything missing from
    # it is installed, into an environment made anew if the present one does not run.
    want=$( (cat "$root/pyproject.toml"; echo "$root") | cksum)
    stamp=$venv/gpunet-installed
    missing=
    for extra in package "$@"; do
        grep -qsx "$extra $want" "$stamp" || missing="$missing $extra"
    done
    if "$venv/bin/python" -c '' 2>/dev/null; then
        [ -z "$missing" ] && return
    else
        missing=" package $*"
    fi
    extras=$(printf '%s,' "$@")
    target=$root${1:+[${extras%,}]}
    runs() { "$venv/bin/python" -c '' 2>/dev/null; }
    if command -v uv >/dev/null 2>&1; then
        say "setting up .venv with uv:$missing"
        runs || uv venv --quiet --clear --no-python-downloads --python "$(find_python)" "$venv" ||
            exit 1
        uv pip install --quiet --python "$venv/bin/python" --editable "$target" || exit 1
    else
        say "setting up .venv with pip, which takes a minute:$missing"
        # An environment that uv made has no pip.
        if ! runs || ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
            python=$(find_python) || exit 1
            "$python" -m venv --clear "$venv" || exit 1
        fi
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
            --editable "$target" || exit 1
    fi
    # What was stamped for this pyproject.toml stays true; the rest does not.
    { grep -s " $want\$" "$stamp"; for extra in package "$@"; do echo "$extra $want"; done; } |
        sort -u >"$stamp.new" && mv "$stamp.new" "$stamp"
    say "set up."
}
