"""A photograph of several digits on the page to draw on, used in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import start
from tests.web.accessibility import barriers
from tests.web.browser import ActionChains, Chrome, Page, browser, missing
from tests.web.pages import CELL, MARGIN, inverted, jpeg, page

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "it is there")

LINES = ("314", "15926")
TAB, SHIFT, LEFT, RIGHT = "\ue004", "\ue008", "\ue012", "\ue014"


@pytest.fixture(scope="module")
def address(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the page is served: first the network that comes along, then one for 8 × 8 pixels."""
    folder = tmp_path_factory.mktemp("empty")
    process = start("draw", "mnist-conv", trained, "--no-browser", "--device", "cpu", cwd=folder)
    assert process.stdout is not None
    yield process.stdout.readline().split()[2]
    process.kill()
    process.communicate()


@pytest.fixture(scope="module")
def driver() -> Iterator[Chrome]:
    with browser() as started:
        yield started


@pytest.fixture
def shown(driver: Chrome, address: str) -> Iterator[Page]:
    """The page as it is first seen; nothing may have gone wrong when the test is done."""
    page = Page(driver, address)
    page.complaints()
    page.emulate()
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    page.open()
    yield page
    assert page.complaints() == []


def drop(shown: Page, *lines: str) -> None:
    """Drop a photograph of several digits, and wait until the first of them is looked into."""
    shown.give("drop", jpeg(page(*lines)), "image/jpeg")
    shown.wait(lambda: shown.answer == lines[0][0] and boxes(shown))


def boxes(shown: Page) -> list[str]:
    """The answers beside the digits on the photograph."""
    found: list[str] = shown.js("return [...boxes.children].map((box) => box.textContent);")
    return found


def line(shown: Page) -> str:
    """What is read on the page, as somebody copies it."""
    select = "getSelection().selectAllChildren(arguments[0]); return getSelection().toString();"
    return str(shown.js(select, shown.find("#digits .line")))


def chosen(shown: Page) -> list[int]:
    """Which digits are marked, in the line and on the photograph."""
    return [
        *shown.js("return [...document.querySelectorAll('#digits input')].flatMap"
                  "((radio, i) => radio.checked ? [i] : []);"),
        *shown.js("return [...boxes.children].flatMap"
                  "((box, i) => box.classList.contains('chosen') ? [i] : []);"),
    ]  # fmt: skip


def pictures(shown: Page) -> list[str]:
    """What the panels show: what the network sees, and every layer."""
    found: list[str] = shown.js(
        "return [...document.querySelectorAll('#seen, .layer canvas')].map((c) => c.toDataURL());"
    )
    return found


def press(shown: Page, *keys: str) -> None:
    ActionChains(shown.driver).send_keys(*keys).perform()


def test_a_page_is_read_line_by_line(shown: Page) -> None:
    drop(shown, *LINES)
    assert line(shown) == "3 1 4 1 5 9 2 6"
    assert boxes(shown) == list("31415926")
    assert chosen(shown) == [0, 0]
    label = shown.find("#sheet").get_attribute("aria-label")
    assert label == "Photograph of 8 digits, which read 3 1 4 1 5 9 2 6"
    spoken = shown.find("#spoken")
    said = "It reads 3 1 4 1 5 9 2 6; digit 1 of 8 is 3, "
    shown.wait(lambda: (spoken.get_attribute("textContent") or "").startswith(said))


def test_every_box_is_around_its_digit(shown: Page) -> None:
    """A photograph taken on its side is shown upright; the sheet is as wide as it is."""
    sheet = page(*LINES)
    side, width = max(sheet.size), sheet.width
    shown.give("drop", jpeg(sheet.rotate(90, expand=True), orientation=6), "image/jpeg")
    shown.wait(lambda: len(boxes(shown)) == 8)
    places = shown.js(
        "const s = sheet.getBoundingClientRect();"
        "return [...boxes.children].map((box) => { const b = box.getBoundingClientRect();"
        "return [(b.x + b.width / 2 - s.x) / s.width, (b.y + b.height / 2 - s.y) / s.height]; });"
    )
    wanted = [
        (
            ((side - width) / 2 + MARGIN + (column + 0.5) * CELL) / side,
            ((side - sheet.height) / 2 + MARGIN + (row + 0.5) * CELL) / side,
        )
        for row, digits in enumerate(LINES)
        for column in range(len(digits))
    ]
    for place, (x, y) in zip(places, wanted, strict=True):
        assert place == pytest.approx([x, y], abs=0.02)
    upper = "let n = 0; for (let i = 3; i < data.length / 5; i += 4) n += data[i] > 0; return n;"
    assert shown.look_at(shown.find("#sheet"), upper) == 0, "the photograph lies on its side"


def test_an_answer_stands_beside_its_digit_and_hides_none(shown: Page) -> None:
    """These lines are so close that there is no room above most of them."""
    drop(shown, *LINES)
    hidden = """const rects = (css) => [...document.querySelectorAll(css)].map(
      (e) => e.getBoundingClientRect());
    const [digits, answers] = [rects("#boxes > div"), rects("#boxes span")];
    const apart = (a, b) => Math.max(a.left - b.right, b.left - a.right, a.top - b.bottom,
      b.top - a.bottom);
    return [Math.min(...answers.flatMap((a) => digits.map((d) => apart(a, d)))),
      Math.max(...answers.map((a, i) => apart(a, digits[i])))];"""
    least, most = shown.js(hidden)
    assert least >= -1
    assert most < 8


def test_arrow_keys_choose_a_digit(shown: Page) -> None:
    drop(shown, *LINES)
    first = pictures(shown)
    press(shown, RIGHT, RIGHT)
    shown.wait(lambda: shown.answer == "4")
    assert chosen(shown) == [2, 2]
    assert shown.find("#answer-title").text == "Answer: digit 3 of 8"
    third = pictures(shown)
    assert all(one != other for one, other in zip(first, third, strict=True))
    press(shown, LEFT, LEFT, LEFT)
    shown.wait(lambda: shown.answer == "6")
    assert chosen(shown) == [7, 7], "after the first comes the last"
    press(shown, RIGHT)
    shown.wait(lambda: pictures(shown) == first)


def test_the_line_is_one_stop_of_the_tabulator(shown: Page) -> None:
    drop(shown, *LINES)
    focused = "return document.activeElement.id || document.activeElement.name"
    assert shown.js(focused) == "digit"
    outline = "return getComputedStyle(document.activeElement.nextSibling).outlineStyle"
    assert shown.js(outline) == "solid"
    press(shown, TAB)
    assert shown.js(focused) == "undo"
    ActionChains(shown.driver).key_down(SHIFT).send_keys(TAB).key_up(SHIFT).perform()
    assert shown.js(focused) == "digit"


def tap(shown: Page, number: int, beside: int = 0) -> None:
    """Tap on a digit, or so many pixels beside its box, not quite steadily."""
    x, y = shown.js(
        "const b = boxes.children[arguments[0]].getBoundingClientRect();"
        "const s = sheet.getBoundingClientRect();"
        "return [b.right - s.x - s.width / 2, b.bottom - s.y - s.height / 2];",
        number,
    )
    hand = ActionChains(shown.driver)
    sheet = shown.find("#sheet")
    hand.move_to_element_with_offset(sheet, round(x) + beside, round(y) + beside)
    hand.click_and_hold().move_by_offset(2, 1).release().perform()


def test_a_tap_on_the_photograph_chooses_the_nearest_digit(shown: Page) -> None:
    drop(shown, *LINES)
    tap(shown, 6, beside=3)
    shown.wait(lambda: shown.answer == "2")
    assert chosen(shown) == [6, 6]
    press(shown, RIGHT)
    shown.wait(lambda: shown.answer == "6")


def test_a_drag_over_the_photograph_draws_afresh_and_undo_brings_it_back(shown: Page) -> None:
    drop(shown, *LINES)
    press(shown, RIGHT)
    shown.wait(lambda: shown.answer == "1")
    shown.draw([(26, 20), (50, 20), (73, 19), (66, 34), (57, 50), (51, 66), (45, 84)])
    shown.wait(lambda: shown.answer == "7")
    assert boxes(shown) == []
    assert not shown.find("#digits").is_displayed()
    assert shown.find("#answer-title").text == "Answer"
    shown.find("#undo").click()
    shown.wait(lambda: boxes(shown) == list("31415926"))
    shown.wait(lambda: shown.answer == "3")
    shown.find("#clear").click()
    shown.wait(lambda: shown.answer == "–")
    assert boxes(shown) == []


def test_one_digit_needs_no_box(shown: Page) -> None:
    shown.give("drop", jpeg(page("7")), "image/jpeg")
    shown.wait(lambda: shown.answer == "7")
    assert boxes(shown) == []
    assert not shown.find("#digits").is_displayed()
    assert shown.find("#answer-title").text == "Answer"
    assert shown.find("#sheet").get_attribute("aria-label") == "Photograph"


def test_a_blank_page_takes_the_place_of_what_was_read(shown: Page) -> None:
    drop(shown, *LINES)
    shown.give("drop", jpeg(page("", "")), "image/jpeg")
    shown.wait(lambda: "blank" in shown.message)
    assert boxes(shown) == []
    assert shown.answer == "–"
    assert all("status of 400" in line for line in shown.complaints())
    shown.find("#undo").click()
    shown.wait(lambda: boxes(shown) == list("31415926"))
    shown.wait(lambda: shown.message == "")


def test_what_lies_there_after_a_refused_one_is_read(shown: Page) -> None:
    """The newer one has come while the older one was read."""
    both = """const send = window.fetch;
    window.fetch = async (...asked) => {
      const answer = await send(...asked);
      if (!asked[0].endsWith("photograph")) return answer;
      window.fetch = send;
      await new Promise((go) => (window.go = go));
      return answer;
    };"""
    shown.js(both)
    shown.give("drop", jpeg(page("", "")), "image/jpeg")
    shown.wait(lambda: shown.js("return Boolean(window.go)"))
    shown.wait(lambda: shown.find("#busy").text == "Reading the photograph…")
    shown.give("drop", jpeg(page("31")), "image/jpeg")
    shown.wait(lambda: shown.js("return !undo.disabled"))
    shown.js("return new Promise(requestAnimationFrame).then(() => window.go());")
    shown.wait(lambda: boxes(shown) == list("31"))
    assert shown.message == ""
    shown.wait(lambda: shown.find("#busy").text == "")
    assert all("status of 400" in line for line in shown.complaints())


def test_another_network_reads_the_page_anew(shown: Page) -> None:
    drop(shown, *LINES)
    press(shown, RIGHT, RIGHT)
    shown.wait(lambda: shown.answer == "4")
    shown.find("#network option:nth-child(2)").click()
    shown.wait(lambda: "8 × 8" in shown.find("#seen-size").text and boxes(shown))
    assert len(boxes(shown)) == 8
    shown.wait(lambda: shown.answer == boxes(shown)[2])
    assert chosen(shown) == [2, 2], "the choice stays"
    assert shown.find("#seen").get_attribute("width") == "8"


def test_many_digits_leave_room_for_the_rest(shown: Page) -> None:
    many = ["01234567890123456789"] * 9
    drop(shown, *many)
    assert len(boxes(shown)) == 180
    seen = (
        "return [...document.querySelectorAll('#boxes span')].filter((e) => e.checkVisibility());"
    )
    assert len(shown.js(seen)) == 1, "answers hide what is written"
    place = shown.find("#digits .line")
    assert place.size["height"] < 150
    tap(shown, 179)
    shown.wait(lambda: chosen(shown) == [179, 179])
    inside = """const [choice] = [...document.querySelectorAll("#digits label")].slice(-1);
    const [a, b] = [choice, arguments[0]].map((e) => e.getBoundingClientRect());
    return a.top >= b.top && a.bottom <= b.bottom;"""
    assert shown.js(inside, place), "the chosen one is scrolled to"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("board", [False, True])
def test_nobody_is_kept_out(shown: Page, scheme: str, board: bool) -> None:
    shown.emulate(prefers_color_scheme=scheme)
    sheet = page(*LINES)
    shown.give("drop", jpeg(inverted(sheet) if board else sheet), "image/jpeg")
    shown.wait(lambda: boxes(shown) == list("31415926"))
    assert barriers(shown) == []


def test_on_a_phone(shown: Page) -> None:
    driver = shown.driver
    screen = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    shown.open()
    drop(shown, *LINES)
    x, y = shown.js(
        "const b = boxes.children[4].getBoundingClientRect();"
        "return [b.x + b.width / 2, b.y + b.height / 2];"
    )
    for kind, points in (("touchStart", [{"x": x, "y": y}]), ("touchEnd", [])):
        event = {"type": kind, "touchPoints": points}
        driver.execute_cdp_cmd("Input.dispatchTouchEvent", event)
    shown.wait(lambda: shown.answer == "5")
    assert chosen(shown) == [4, 4]
    assert shown.js("return [scrollX, scrollY]") == [0, 0]
    assert shown.js("return document.documentElement.scrollWidth") <= 360
    assert barriers(shown) == []
    driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
