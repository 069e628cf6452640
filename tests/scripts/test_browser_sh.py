"""scripts/test brings a browser where it may, and says so where it cannot."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "browser.sh"
RUN = f'say() {{ echo "$*"; }}; . {SCRIPT}; browser'
SKIPPED = "no browser: the tests of the pages in one are skipped"


def outcome(
    folder: Path, *, user: int = 0, apt: str | None = None, there: bool = False
) -> tuple[list[str], list[str]]:
    """What is said, and what apt-get is called with, on a machine with these programs alone."""
    programs = {"id": f"echo {user}"}
    if apt is not None:
        programs["apt-get"] = f'echo "$*" >> {folder / "called"}; {apt}'
    if there:
        programs |= {"chromium": "", "chromedriver": ""}
    for name, code in programs.items():
        path = folder / name
        path.write_text(f"#!/bin/sh\n{code}\n")
        path.chmod(0o755)
    for name in ("timeout", "env"):
        (folder / name).symlink_to(shutil.which(name) or pytest.skip(f"there is no {name}"))
    done = subprocess.run(
        ["/bin/sh", "-euc", RUN], env={"PATH": str(folder)}, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    called = folder / "called"
    return done.stdout.splitlines(), called.read_text().splitlines() if called.exists() else []


def test_where_there_is_one_nothing_is_done(tmp_path: Path) -> None:
    assert outcome(tmp_path, apt="exit 1", there=True) == ([], [])


def test_root_has_it_installed(tmp_path: Path) -> None:
    said, called = outcome(tmp_path, apt="exit 0")
    assert said == ["installing chromium chromium-driver, to test the pages in a browser"]
    assert called[0] == "update"
    assert called[1].endswith("chromium chromium-driver")


def test_what_cannot_be_installed_is_said(tmp_path: Path) -> None:
    said, _ = outcome(tmp_path, apt="exit 100")
    assert said[1] == "they could not be installed"
    assert said[2].startswith(SKIPPED)


@pytest.mark.parametrize(("user", "apt"), [(1000, "exit 0"), (0, None)])
def test_elsewhere_nothing_is_changed(tmp_path: Path, user: int, apt: str | None) -> None:
    said, called = outcome(tmp_path, user=user, apt=apt)
    assert [line.split(" (")[0] for line in said] == [SKIPPED]
    assert called == []
