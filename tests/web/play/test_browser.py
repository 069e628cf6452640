"""The page to play on, used in a real browser."""

from collections.abc import Iterator
from functools import partial

import pytest

from tests.web.accessibility import barriers
from tests.web.browser import ActionChains, Chrome, Page, browser, missing
from tests.web.drawings import SEVEN
from tests.web.play.playing import playing

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "it is there")
QUICK = "?cost=cross-entropy&learning_rate=0.5"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with playing("--data", "digits") as (_, address):
        yield address


@pytest.fixture(scope="module")
def driver() -> Iterator[Chrome]:
    with browser() as started:
        yield started


class Playing(Page):
    """The page to play on, as somebody sees and uses it."""

    def open(self, address: str | None = None) -> None:
        self.driver.get(address or self.address)
        self.wait(lambda: self.find("#play").is_enabled() and self.figure("validation") != "–")

    def figure(self, name: str) -> str:
        return self.find(f"#{name}").text

    def has(self, name: str, text: str) -> bool:
        return self.figure(name) == text

    def number(self, name: str) -> float:
        return float(self.figure(name).replace(",", "").removesuffix(" %"))

    def click(self, name: str) -> None:
        self.js("arguments[0].scrollIntoView({block: 'center'})", self.find(f"#{name}"))
        self.find(f"#{name}").click()

    def set(self, name: str, value: str) -> None:
        """Type or choose a value, and leave the field."""
        code = """const [field, value] = arguments;
        field.focus(); field.value = value; field.dispatchEvent(new Event("change"));"""
        self.js(code, self.find(f"#setting-{name}"), value)

    def value(self, name: str) -> str:
        return str(self.js("return arguments[0].value", self.find(f"#setting-{name}")))

    def points(self, line: str) -> int:
        """Of how many points a curve of the accuracy is drawn."""
        curve = self.find(f".chart polyline.{line}").get_attribute("points") or ""
        return len(curve.split())


@pytest.fixture
def page(driver: Chrome, address: str) -> Iterator[Playing]:
    """The page as it is first seen; nothing may have gone wrong when the test is done."""
    page = Playing(driver, address)
    page.complaints()
    page.emulate()
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    page.open()
    yield page
    assert page.complaints() == []


def test_a_network_learns_before_ones_eyes(page: Playing) -> None:
    page.open(page.address + QUICK)
    first = page.colours(page.find("#weights canvas"))
    assert first > 50
    assert page.number("validation") < 30
    assert page.points("validation") == 1
    page.click("play")
    page.wait(lambda: page.figure("play") == "Pause")
    page.wait(lambda: page.number("validation") >= 90, "90 %")
    assert page.number("speed") > 1000
    page.click("play")
    page.wait(lambda: page.figure("play") == "Play")
    assert page.points("validation") > 3
    assert page.points("training") == page.points("validation")
    label = page.find(".chart svg").get_attribute("aria-label") or ""
    assert f"validation {page.number('validation'):g} %" in label
    assert "of the validation images are read rightly" in (
        page.find("#spoken").get_attribute("textContent") or ""
    )
    assert page.answer == page.figure("truth").split()[-1]


def test_step_by_step(page: Playing) -> None:
    page.click("step")
    page.wait(lambda: page.figure("steps") == "1")
    page.click("step")
    page.wait(lambda: page.figure("steps") == "2")
    page.click("epoch")
    page.wait(lambda: page.figure("epochs") == "1")
    assert page.figure("steps") == "126"
    # As `gpunet train` has it on the same images.
    assert page.figure("validation") == "60.0 %"
    page.click("restart")
    page.wait(lambda: page.figure("steps") == "0")


def test_the_learning_rate_changes_while_it_trains(page: Playing) -> None:
    page.click("play")
    page.wait(lambda: page.number("steps") > 200)
    before = page.number("steps")
    page.set("learning_rate", "0.125")
    page.wait(lambda: page.number("steps") > before + 200)
    assert page.figure("play") == "Pause"
    assert page.driver.current_url.endswith("?learning_rate=0.125")
    assert page.message == ""
    page.set("pace", "10 steps/s")
    page.wait(lambda: page.find("#speed").text not in {"–", "0"} and page.number("speed") < 500)
    assert "pace=10+steps/s" in page.driver.current_url


def test_a_blank_learning_rate_is_that_for_the_network(page: Playing) -> None:
    def rate() -> tuple[str, str | None]:
        return page.value("learning_rate"), page.find("#setting-learning_rate").get_attribute(
            "placeholder"
        )

    assert rate() == ("", "3")
    page.set("activation", "tanh")
    page.wait(lambda: rate() != ("", "3"))
    page.set("activation", "sigmoid")
    page.wait(lambda: rate() == ("", "3"))
    page.set("learning_rate", "0.5")
    page.click("step")
    page.wait(lambda: page.figure("steps") == "1")
    page.set("learning_rate", "")
    page.wait(lambda: page.figure("steps") == "0")
    assert "learning_rate" not in page.driver.current_url


def test_another_network_starts_anew_beside_the_trace_of_the_last(page: Playing) -> None:
    page.click("epoch")
    page.wait(lambda: page.figure("epochs") == "1")
    page.click("epoch")
    page.wait(lambda: page.figure("epochs") == "2")
    assert not page.find("#trace").is_displayed()
    page.set("hidden", "12,7")
    page.wait(lambda: page.figure("steps") == "0")
    page.wait(lambda: "64-12-7-10" in page.figure("measured"))
    assert page.find("#trace").is_displayed()
    assert len(page.layers) == 3
    assert "?hidden=12,7" in page.driver.current_url


def test_a_lesson_is_a_link(page: Playing) -> None:
    lesson = "?hidden=15&activation=tanh&cost=cross-entropy&learning_rate=0.1&seed=7&momentum=0.5"
    page.open(page.address + lesson)
    assert (page.value("hidden"), page.value("activation"), page.value("seed")) == (
        "15",
        "tanh",
        "7",
    )
    assert page.find("#setting-momentum").is_displayed(), "it is among those that are folded away"
    assert "64-15-10" in page.figure("measured")
    page.set("seed", "8")
    page.driver.refresh()
    page.wait(lambda: page.find("#play").is_enabled())
    assert page.value("seed") == "8"
    assert page.value("hidden") == "15"


def test_plain(page: Playing) -> None:
    page.open(page.address + "?plain")
    assert not page.find("#settings").is_displayed()
    page.click("epoch")
    page.wait(lambda: page.figure("epochs") == "1")
    page.click("plain")
    assert page.find("#settings").is_displayed()
    assert "plain" not in page.driver.current_url
    page.click("plain")
    assert page.driver.current_url.endswith("?plain")


def test_what_is_wrong_is_said_and_can_be_mended(page: Playing) -> None:
    page.set("hidden", "many")
    page.wait(lambda: "hidden 'many': " in page.message)
    assert not page.find("#play").is_enabled()
    page.set("hidden", "20")
    page.wait(lambda: page.find("#play").is_enabled())
    assert page.message == ""
    page.set("learning_rate", "0")
    page.wait(lambda: "give a number above 0" in page.message)
    assert all("status of 400" in line for line in page.complaints())


def test_a_training_that_goes_wrong_says_so(page: Playing) -> None:
    page.open(page.address + "?activation=linear&learning_rate=1000")
    page.click("play")
    page.wait(lambda: "learning rate" in page.message)
    page.wait(lambda: page.figure("play") == "Play")
    page.set("learning_rate", "0.01")
    page.click("epoch")
    page.wait(lambda: page.figure("epochs") == "1")
    assert page.message == ""


def test_an_answer_changes_as_the_network_learns(page: Playing) -> None:
    page.open(page.address + QUICK + "&hidden=100")
    page.draw(SEVEN)
    page.wait(lambda: page.figure("truth") == "What you drew, as it is seen")
    page.wait(lambda: page.answer != "–")
    for _ in range(12):
        page.click("epoch")
    page.click("play")
    page.wait(lambda: page.answer == "7")
    page.click("clear")
    page.wait(lambda: page.figure("truth").startswith("Validation image 0: "))
    page.click("undo")
    page.wait(lambda: page.figure("truth") == "What you drew, as it is seen")


def test_an_image_that_is_misread_can_be_looked_at(page: Playing) -> None:
    page.click("epoch")
    page.wait(lambda: page.figure("epochs") == "1")
    tile = page.find("#wrong button")
    truth, guess = tile.text.split(" read as ")
    tile.click()
    page.wait(lambda: page.figure("truth").endswith(f": {truth}") and page.answer == guess)
    page.click("next")
    page.wait(lambda: not page.figure("truth").startswith(f"Validation image 0: {truth}"))


def test_it_says_what_is_wrong(page: Playing) -> None:
    page.open(page.address + "?seed=12")
    assert not page.find("#reasons-card").is_displayed()
    for epoch in range(1, 7):
        page.click("epoch")
        page.wait(partial(page.has, "epochs", str(epoch)))
    assert page.find("#reasons li").text.startswith("Output neurons that are saturated: 0 (since")
    page.set("cost", "cross-entropy")
    page.wait(lambda: not page.find("#reasons-card").is_displayed())


def test_on_a_phone(page: Playing) -> None:
    screen = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    page.open()
    page.click("epoch")
    page.wait(lambda: page.figure("epochs") == "1")
    assert page.js("return document.documentElement.scrollWidth") <= 360
    bottom = "return document.querySelector('.chart').getBoundingClientRect().bottom"
    assert page.js(bottom) <= 740, "the accuracy is not seen beside what starts the training"
    assert barriers(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out(page: Playing, scheme: str) -> None:
    page.emulate(prefers_color_scheme=scheme)
    page.js("document.querySelector('details').open = true")
    assert barriers(page) == []
    page.click("epoch")
    page.wait(lambda: page.figure("epochs") == "1")
    assert barriers(page) == []
    ground = page.js("return getComputedStyle(document.body).backgroundColor.match(/\\d+/g)")
    assert (sum(map(int, ground)) < 3 * 128) == (scheme == "dark")


def test_a_setting_is_explained_where_it_is_chosen(page: Playing) -> None:
    page.js("document.querySelector('#setting-l2').focus()")
    assert "λ of the L2 penalty" in page.figure("help")
    page.js("document.activeElement.blur()")
    assert "in the address" in page.figure("help")


def test_all_of_it_by_keyboard(page: Playing) -> None:
    for _ in range(5):
        ActionChains(page.driver).send_keys("\ue004").perform()  # Tab
        if page.js("return document.activeElement.id") == "play":
            break
    ActionChains(page.driver).send_keys("\ue007").perform()  # Enter
    page.wait(lambda: page.number("steps") > 0)
    ActionChains(page.driver).send_keys("\ue007").perform()
    page.wait(lambda: page.figure("play") == "Play")


def test_what_has_the_focus_is_not_hidden_by_the_bar_on_top(page: Playing) -> None:
    page.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 900, "height": 420, "deviceScaleFactor": 1, "mobile": False},
    )
    hidden = """const found = [];
    scrollTo(0, document.body.scrollHeight);
    const all = [...document.querySelectorAll("button:enabled, select, input, summary")].reverse();
    for (const each of all.filter((e) => e.checkVisibility())) {
      each.focus();
      const box = each.getBoundingClientRect();
      const top = document.elementFromPoint(box.x + box.width / 2, box.y + 2);
      if (!each.contains(top) && !top.contains(each)) found.push(each.id || each.textContent);
    }
    return found;"""
    assert page.js(hidden) == []


def test_it_is_shown_seldom_for_those_who_want_it_calm(page: Playing) -> None:
    page.emulate(prefers_reduced_motion="reduce")
    count = """let count = 0;
    const steps = document.querySelector("#steps");
    new MutationObserver(() => count++).observe(steps, {childList: true});
    const done = arguments[0];
    document.querySelector("#play").click();
    setTimeout(() => done(count), 1500);"""
    assert 1 <= page.driver.execute_async_script(count) <= 3


def test_a_program_that_has_ended_is_missed(driver: Chrome) -> None:
    with playing("--data", "digits") as (process, address):
        page = Playing(driver, address)
        page.open()
        process.kill()
        page.wait(lambda: page.message == "The program does not answer. Is it still running?")
        assert not page.find("#play").is_enabled()
