"""A page in a real browser: Chromium without a screen, where it is installed."""

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest

selenium = pytest.importorskip("selenium", reason="selenium is not installed")
from selenium.webdriver import ActionChains as ActionChains  # noqa: E402
from selenium.webdriver import Chrome as Chrome  # noqa: E402
from selenium.webdriver import ChromeOptions, ChromeService  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.remote.webelement import WebElement  # noqa: E402

ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
SECONDS = 20.0

Found = TypeVar("Found")


def missing() -> str:
    """Why there is no browser; empty if there is one."""
    absent = [name for name in ("chromium", "chromedriver") if not shutil.which(name)]
    packages = "Debian's packages chromium and chromium-driver bring it"
    return f"{' and '.join(absent)} not installed ({packages})" if absent else ""


@contextmanager
def browser() -> Iterator[Chrome]:
    """Chromium, of a laptop's size."""
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in (*ARGUMENTS, "--window-size=1280,1000"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=ChromeService(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


class Page:
    """The page to draw on, as somebody sees and uses it."""

    def __init__(self, driver: Chrome, address: str) -> None:
        self.driver = driver
        self.address = address

    def find(self, css: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def js(self, code: str, *arguments: Any) -> Any:
        return self.driver.execute_script(code, *arguments)

    def open(self, address: str | None = None) -> None:
        """Load it, and wait for the network's layers."""
        self.driver.get(address or self.address)
        self.wait(lambda: self.layers)

    def emulate(self, **features: str) -> None:
        """What the user prefers: prefers_color_scheme="dark"."""
        given = [{"name": n.replace("_", "-"), "value": value} for n, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": given})

    def wait(self, found: Callable[[], Found], what: str = "") -> Found:
        """What is found, as soon as there is something."""
        end = time.monotonic() + SECONDS
        while not (result := found()):
            assert time.monotonic() < end, f"waited in vain: {what} {self.message}"
            time.sleep(0.02)
        return result

    @property
    def answer(self) -> str:
        return self.find("#guesses li .label").text

    @property
    def message(self) -> str:
        return self.find("#message").text

    @property
    def layers(self) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, ".layer canvas")

    def draw(self, *lines: Sequence[tuple[int, int]]) -> None:
        """Lines on the paper with the mouse, in hundredths of its side."""
        sheet = self.find("#sheet")
        self.js("arguments[0].scrollIntoView({block: 'center'})", sheet)
        side = sheet.size["width"]
        chain = ActionChains(self.driver, duration=8)
        for line in lines:
            places = [(round((x - 50) * side / 100), round((y - 50) * side / 100)) for x, y in line]
            chain.move_to_element_with_offset(sheet, *places[0]).click_and_hold()
            for place in places[1:]:
                chain.move_to_element_with_offset(sheet, *place)
            chain.release()
        chain.perform()

    def ink(self) -> int:
        """How many pixels of the paper are covered."""
        count = """let covered = 0;
        for (let i = 3; i < data.length; i += 4) covered += data[i] > 127;
        return covered;"""
        return self.look_at(self.find("#sheet"), count)

    def colours(self, canvas: WebElement) -> int:
        """How many different colours a picture has."""
        return self.look_at(canvas, "return new Set(new Uint32Array(data.buffer)).size;")

    def look_at(self, canvas: WebElement, count: str) -> int:
        """A number counted from the pixels of a canvas, `data`; those of a copy."""
        copy = """const [c] = arguments;
        const pen = new OffscreenCanvas(c.width, c.height).getContext("2d");
        pen.drawImage(c, 0, 0);
        const {data} = pen.getImageData(0, 0, c.width, c.height);"""
        return int(self.js(copy + count, canvas))

    def give(self, event: str, content: bytes, kind: str = "image/png") -> None:
        """Drop or paste a file."""
        code = """const [event, bytes, type] = arguments;
        const given = new DataTransfer();
        given.items.add(new File([new Uint8Array(bytes)], "digit", {type}));
        const options = {bubbles: true, cancelable: true};
        document.body.dispatchEvent(event === "drop"
          ? new DragEvent("drop", {...options, dataTransfer: given})
          : new ClipboardEvent("paste", {...options, clipboardData: given}));"""
        self.js(code, event, list(content), kind)

    def complaints(self) -> list[str]:
        """What has gone wrong, according to the browser's console."""
        logged = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [json.dumps(entry) for entry in logged if entry["level"] in {"SEVERE", "WARNING"}]
