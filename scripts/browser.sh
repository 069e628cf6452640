# Sourced by scripts/test: the browser in which the pages are tested.
#
#   browser     installs Chromium and its driver from Debian's packages, where it is run
#               by root, as in a container; elsewhere it says what is missing, and changes nothing

browser() {
    command -v chromium >/dev/null 2>&1 && command -v chromedriver >/dev/null 2>&1 && return
    packages="chromium chromium-driver"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "installing $packages, to test the pages in a browser"
        # shellcheck disable=SC2086  # several packages are meant
        if {
            timeout 120 apt-get update
            DEBIAN_FRONTEND=noninteractive timeout 300 \
                apt-get install --yes --no-install-recommends $packages
        } >/dev/null 2>&1 </dev/null; then
            return
        fi
        say "they could not be installed"
    fi
    say "no browser: the tests of the pages in one are skipped (they need $packages)"
}
