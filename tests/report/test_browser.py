"""A report in a real browser: on a phone, in the dark, and printed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.reading import Page as Read
from tests.web.browser import Chrome, browser, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "it is there")

GROUND = "return getComputedStyle(document.body).backgroundColor"
SPLIT = """return [...document.querySelectorAll(arguments[0])]
  .filter(each => getComputedStyle(each).breakInside !== "avoid").length"""


@pytest.fixture(scope="module")
def driver() -> Iterator[Chrome]:
    with browser() as started:
        yield started


@pytest.fixture
def driver_at(driver: Chrome, folder: Path, pages: dict[str, Read]) -> Iterator[Chrome]:
    """The report on two runs, opened from disk."""
    assert "both" in pages, "it has been written"
    driver.get((folder / "both.html").as_uri())
    yield driver
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def see(driver: Chrome, media: str, scheme: str) -> None:
    """Show the page on a screen or on paper, to somebody who likes it light or dark."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})


def test_paper_is_white_whatever_the_screen_is(driver_at: Chrome) -> None:
    see(driver_at, "screen", "dark")
    assert driver_at.execute_script(GROUND) == "rgb(21, 23, 26)"
    inverted = "return getComputedStyle(document.querySelector('img.ink')).filter"
    assert driver_at.execute_script(inverted) == "invert(1)"
    see(driver_at, "print", "dark")
    assert driver_at.execute_script(GROUND) == "rgb(255, 255, 255)"
    assert driver_at.execute_script(inverted) == "none"


def test_no_table_or_picture_is_printed_on_two_pages(driver_at: Chrome) -> None:
    see(driver_at, "print", "light")
    assert driver_at.execute_script(SPLIT, "figure, .wide, .facts, .weights li, pre") == 0
    begins = "return getComputedStyle(document.querySelectorAll('.closer')[1]).breakBefore"
    assert driver_at.execute_script(begins) == "page", "each run has pages of its own"


def test_curves_are_told_apart_without_colours(driver_at: Chrome) -> None:
    keys = """return [...document.querySelectorAll(".keys .key")]
      .map(each => getComputedStyle(each).borderTopStyle)"""
    assert driver_at.execute_script(keys) == ["solid", "dashed"]
    dashed = 'return document.querySelectorAll("svg path[style*=dasharray]").length'
    assert driver_at.execute_script(dashed) == 2, "one in each picture"


def test_a_phone_shows_all_of_it(driver_at: Chrome) -> None:
    screen = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
    driver_at.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    assert driver_at.execute_script("return document.documentElement.scrollWidth") == 360
