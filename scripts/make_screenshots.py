"""Take the pictures of docs/ that show pages: what Chromium shows of `gpunet draw` and `play`.

    scripts/python scripts/make_screenshots.py RUN [FOLDER]

RUN is a network for images of 28 × 28 pixels. Needs MNIST, and the programs
chromium and chromedriver.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By

ROOT = Path(__file__).resolve().parent.parent
ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
WIDTH, HEIGHT = 1160, 1310
DIGIT = 5
COLOURS, FEWER = 256, 64
# A page written with data/samples, how much of the page that reads it is shown, and which digit is
# looked into.
LINES = ("31415", "926")
CELL, MARGIN = 130, 60
UPPER = 640
THIRD = 2
# What is seen of a network that learns: after so many seconds, of a page of that size.
LESSON = "data=mnist&hidden=30&cost=cross-entropy&learning_rate=0.5&pace=1+epoch/s"
SECONDS = 12
WIDE, HIGH = 1360, 1130


def main() -> None:
    """Take them."""
    run = Path(sys.argv[1]).resolve()
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "docs" / "images"
    with serving(run, "draw", "runs/1") as address, chromium(WIDTH) as driver:
        driver.get(address)
        time.sleep(1)
        driver.find_element(By.CSS_SELECTOR, f"[aria-label='Draw a {DIGIT}']").click()
        time.sleep(3)  # the digit is written, and the last bar has moved
        take(driver, folder / "draw.png", HEIGHT)
        with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
            photograph().save(file, "JPEG", quality=92)
            file.flush()
            driver.find_element(By.ID, "file").send_keys(file.name)
            time.sleep(2)
        driver.find_elements(By.CSS_SELECTOR, "#digits input")[THIRD].click()
        time.sleep(1)
        take(driver, folder / "draw-photograph.png", UPPER)
    with serving(run, "play") as address, chromium(WIDE) as driver:
        driver.get(f"{address}?{LESSON}")
        time.sleep(1)
        driver.find_element(By.ID, "play").click()
        time.sleep(SECONDS)
        driver.find_element(By.ID, "play").click()
        time.sleep(1)
        take(driver, folder / "play.png", HIGH, FEWER)


def take(driver: Chrome, path: Path, height: int, colours: int = COLOURS) -> None:
    """Write a picture of the upper part of the page."""
    driver.execute_script("document.activeElement.blur()")
    shown = Image.open(BytesIO(driver.get_screenshot_as_png())).convert("RGB")
    taken = shown.crop((0, 0, shown.width, height))
    taken.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size:,} bytes")


def photograph() -> Image.Image:
    """Lines of digits on paper, in light that falls off to the right."""
    size = (2 * MARGIN + CELL * max(map(len, LINES)), 2 * MARGIN + CELL * len(LINES))
    page = Image.new("RGB", size, "white")
    for row, line in enumerate(LINES):
        for column, digit in enumerate(line):
            sample = Image.open(ROOT / "data" / "samples" / f"{digit}.png").convert("RGB")
            levels = np.asarray(sample, float)  # the paper of each sample becomes white
            even = np.minimum(levels * 255 / np.median(levels, axis=(0, 1)), 255)
            written = Image.fromarray(even.astype(np.uint8)).resize((CELL, CELL))
            page.paste(written, (MARGIN + column * CELL, MARGIN + row * CELL))
    paper = np.array([244, 238, 222]) / 255
    light = np.linspace(1, 0.7, page.width)[:, None]
    return Image.fromarray((np.asarray(page) * paper * light).astype(np.uint8))


@contextmanager
def serving(run: Path, *page: str) -> Iterator[str]:
    """The address of `gpunet draw` or `gpunet play`, in a folder where the run is runs/1."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "runs").mkdir()
        (Path(folder) / "runs" / "1").symlink_to(run)
        command = [sys.executable, "-m", "gpunet", *page, "--no-browser"]
        environment = {**os.environ, "GPUNET_DEVICE": "cpu", "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            yield process.stdout.readline().split()[2]
            process.terminate()


@contextmanager
def chromium(width: int) -> Iterator[Chrome]:
    """A browser without a screen."""
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or sys.exit("chromium is not installed")
    for argument in ARGUMENTS:
        options.add_argument(argument)
    driver = Chrome(options=options, service=ChromeService(shutil.which("chromedriver")))
    try:
        screen = {"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        yield driver
    finally:
        driver.quit()


if __name__ == "__main__":
    main()
