"""The page to draw on, used in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.cli.running import start
from tests.web.accessibility import barriers
from tests.web.browser import ActionChains, Chrome, Page, browser, missing
from tests.web.drawings import SEVEN, png, seven

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "it is there")

ONE = [(52, 15), (51, 50), (50, 85)]


@pytest.fixture(scope="module")
def address(
    trained: Path, maps: Path, words: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where the page is served."""
    folder = tmp_path_factory.mktemp("empty")
    options = ("--no-browser", "--device", "cpu")
    process = start("draw", trained, maps, words, *options, cwd=folder)
    assert process.stdout is not None
    yield process.stdout.readline().split()[2]
    process.kill()
    process.communicate()


@pytest.fixture(scope="module")
def driver() -> Iterator[Chrome]:
    with browser() as started:
        yield started


@pytest.fixture
def page(driver: Chrome, address: str) -> Iterator[Page]:
    """The page as it is first seen; nothing may have gone wrong when the test is done."""
    page = Page(driver, address)
    page.complaints()
    page.emulate()
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    page.open()
    yield page
    assert page.complaints() == []


def test_a_seven_drawn_with_the_mouse_is_read(page: Page) -> None:
    assert page.answer == "–"
    assert page.colours(page.find("#seen")) == 1
    page.draw(SEVEN)
    page.wait(lambda: page.answer == "7")
    assert page.find("#guesses li .share").text.endswith(" %")
    assert page.colours(page.find("#seen")) > 5
    assert all(page.colours(canvas) > 4 for canvas in page.layers)
    spoken = page.find("#spoken")
    assert spoken.get_attribute("aria-live") == "polite"
    page.wait(lambda: (spoken.get_attribute("textContent") or "").startswith("It reads 7, "))


def test_the_bars_follow_the_pen(page: Page) -> None:
    page.draw(SEVEN)
    page.wait(lambda: page.answer == "7")
    page.draw(SEVEN)
    delays = (page.find("#speed").get_attribute("data-delays") or "").split()
    # On a machine that also runs other tests the quicker half says what the page itself takes.
    assert sorted(map(float, delays))[len(delays) // 4] < 50


def test_undo_and_clear(page: Page) -> None:
    undo, clear = page.find("#undo"), page.find("#clear")
    assert not undo.is_enabled()
    assert not clear.is_enabled()
    page.draw(SEVEN)
    page.wait(lambda: page.answer == "7")
    one = page.ink()
    page.draw([(30, 50), (75, 50)])
    page.wait(lambda: page.ink() > one)
    undo.click()
    page.wait(lambda: page.ink() == one)
    page.wait(lambda: page.answer == "7")
    clear.click()
    page.wait(lambda: page.answer == "–")
    assert page.ink() == 0
    assert not clear.is_enabled()
    undo.click()
    page.wait(lambda: page.answer == "7")
    undo.click()
    page.wait(lambda: page.answer == "–")
    assert not undo.is_enabled()


def test_a_touch_of_the_pen_makes_a_dot(page: Page) -> None:
    page.draw([(50, 50)])
    page.wait(lambda: page.ink() > 100)
    page.wait(lambda: page.answer != "–")


@pytest.mark.parametrize("how", ["drop", "paste"])
def test_a_photograph_is_read(page: Page, how: str) -> None:
    page.give(how, png(255 - seven()))
    page.wait(lambda: page.answer == "7")
    covered = page.ink()
    assert covered > 300_000, "it is shown on the paper"
    page.draw(ONE)
    page.wait(lambda: 0 < page.ink() < covered / 4, "drawing starts afresh")
    page.find("#undo").click()
    page.wait(lambda: page.ink() == covered)


def test_a_photograph_is_chosen(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "seven.png"
    path.write_bytes(png(255 - seven()))
    page.find("#file").send_keys(str(path))
    page.wait(lambda: page.answer == "7")


def test_what_cannot_be_read_is_said_to_be_so(page: Page) -> None:
    page.give("drop", b"no image")
    page.wait(lambda: "not an image" in page.message)
    assert page.answer == "–"
    page.give("paste", png(np.full((30, 30), 255, np.uint8)))
    page.wait(lambda: "blank" in page.message)
    page.draw(SEVEN)
    page.wait(lambda: page.answer == "7")
    assert page.message == ""
    assert all("status of 400" in line for line in page.complaints())


def test_the_network_chosen_is_in_the_address(page: Page, address: str) -> None:
    chosen = page.find("#network option:nth-child(2)")
    name = chosen.text
    page.draw(SEVEN)
    chosen.click()
    page.wait(lambda: "2 networks" in page.find("#about").text)
    assert "negative" in page.find("#legend").text, "tanh has negative activations"
    page.wait(lambda: page.answer != "–", "what is on the paper is read again")
    assert page.driver.current_url == f"{address}?network=1"
    page.driver.refresh()
    page.wait(lambda: "2 networks" in page.find("#about").text)
    assert page.js("return network.selectedOptions[0].text") == name
    assert page.ink() == 0
    page.open(f"{address}?network=99")
    assert page.js("return network.value") == "0"


def test_on_a_phone(page: Page) -> None:
    driver = page.driver
    screen = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    page.open()
    box = page.js("const b = sheet.getBoundingClientRect(); return [b.x, b.y, b.width];")

    def touch(kind: str, *places: tuple[int, int]) -> None:
        points = [
            {"x": box[0] + x * box[2] / 100, "y": box[1] + y * box[2] / 100} for x, y in places
        ]
        event = {"type": kind, "touchPoints": points}
        driver.execute_cdp_cmd("Input.dispatchTouchEvent", event)

    touch("touchStart", SEVEN[0])
    for place in SEVEN[1:]:
        touch("touchMove", place)
    touch("touchEnd")
    page.wait(lambda: page.answer == "7")
    assert page.js("return [scrollX, scrollY]") == [0, 0], "the page scrolls while one draws"
    assert page.js("return document.documentElement.scrollWidth") <= 360
    bottom = "return document.querySelector('#guesses').getBoundingClientRect().bottom"
    assert page.js(bottom) <= 740, "the bars are not seen while one draws"
    assert barriers(page) == []
    driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


@pytest.mark.parametrize(
    ("width", "height"),
    [pytest.param(740, 360, id="a phone on its side"), pytest.param(640, 400, id="enlarged twice"),
     pytest.param(500, 480, id="a small window"), pytest.param(320, 500, id="a small phone")],
)  # fmt: skip
def test_in_a_low_window_there_is_room_to_scroll(page: Page, width: int, height: int) -> None:
    screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    page.open()
    assert page.js("return document.documentElement.scrollWidth") <= width
    assert page.find("#sheet").size["height"] < 0.8 * height
    page.draw(SEVEN)
    page.wait(lambda: page.answer == "7")
    assert barriers(page) == []


@pytest.mark.parametrize("width", [1200, 360])
def test_names_of_classes_leave_room_for_their_bars(page: Page, address: str, width: int) -> None:
    screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    page.open(f"{address}?network=2")
    page.draw(ONE)
    page.wait(lambda: page.answer != "–")
    widths = "return [...document.querySelectorAll('#guesses .track')].map((e) => e.clientWidth);"
    assert page.js(widths)[2] == 0, "there are two classes"
    assert min(page.js(widths)[:2]) > 30
    assert page.layers[-1].size["width"] > 100, "names are written in full width beneath the output"
    assert page.js("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out(page: Page, scheme: str) -> None:
    page.emulate(prefers_color_scheme=scheme)
    assert barriers(page) == []
    page.draw(SEVEN)
    page.wait(lambda: page.answer == "7")
    assert barriers(page) == []
    ground = page.js("return getComputedStyle(document.body).backgroundColor.match(/\\d+/g)")
    assert (sum(map(int, ground)) < 3 * 128) == (scheme == "dark")


def test_barriers_are_found(page: Page) -> None:
    # The page shows its paper at the next frame, and gives the canvas its name with it.
    page.js("return new Promise((shown) => requestAnimationFrame(() => setTimeout(shown)));")
    page.js(
        "document.querySelector('h1').style.color = '#ddd';"
        "document.querySelector('#network').labels[0].firstChild.remove();"
        "document.querySelector('#seen').removeAttribute('aria-label');"
    )
    found = "\n".join(barriers(page))
    for wrong in ("contrast", "no name: SELECT#network", "no name: CANVAS#seen"):
        assert wrong in found


def test_all_of_it_by_keyboard(page: Page) -> None:
    keys = ActionChains(page.driver)
    for _ in range(20):
        keys.send_keys("\ue004").perform()  # Tab
        keys = ActionChains(page.driver)
        if page.js("return document.activeElement.textContent") == "3":
            break
    style = (
        "const s = getComputedStyle(document.activeElement); return s.outlineStyle + s.outlineWidth"
    )
    assert page.js(style) == "solid3px"
    ActionChains(page.driver).send_keys("\ue007").perform()  # Enter
    page.wait(lambda: page.answer == "3")
    ActionChains(page.driver).key_down("\ue009").send_keys("z").key_up("\ue009").perform()
    page.wait(lambda: page.ink() == 0)


def test_nothing_moves_for_those_who_want_it_calm(page: Page) -> None:
    page.emulate(prefers_reduced_motion="reduce")
    bar = "return getComputedStyle(document.querySelector('.bar')).transitionDuration"
    assert page.js(bar) == "0s"
    page.find("[aria-label='Draw a 7']").click()
    page.wait(page.ink)
    drawn = page.ink()
    page.wait(lambda: page.answer == "7")
    assert page.ink() == drawn, "the digit is there at once, not written stroke by stroke"


def test_a_program_that_has_ended_is_missed(trained: Path, driver: Chrome) -> None:
    process = start("draw", trained, "--no-browser", "--device", "cpu")
    assert process.stdout is not None
    page = Page(driver, process.stdout.readline().split()[2])
    page.open()
    process.kill()
    process.communicate()
    page.draw(SEVEN)
    page.wait(lambda: page.message == "The program does not answer. Is it still running?")
