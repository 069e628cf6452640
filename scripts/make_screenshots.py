"""Take the pictures of docs/ that show pages: what Chromium shows of `gpunet draw`.

    scripts/python scripts/make_screenshots.py RUN [FOLDER]

RUN is a network for images of 28 × 28 pixels. Needs the programs chromium and chromedriver.
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

from PIL import Image
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By

ROOT = Path(__file__).resolve().parent.parent
ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
SIZE = (1160, 1310)
DIGIT = 5
COLOURS = 256


def main() -> None:
    """Take them."""
    run = Path(sys.argv[1]).resolve()
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "docs" / "images"
    with serving(run) as address, chromium() as driver:
        driver.get(address)
        time.sleep(1)
        driver.find_element(By.CSS_SELECTOR, f"[aria-label='Draw a {DIGIT}']").click()
        time.sleep(3)  # the digit is written, and the last bar has moved
        driver.execute_script("document.activeElement.blur()")
        taken = Image.open(BytesIO(driver.get_screenshot_as_png())).convert("RGB")
    path = folder / "draw.png"
    taken.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size:,} bytes")


@contextmanager
def serving(run: Path) -> Iterator[str]:
    """The address of `gpunet draw`, in a folder where the run is runs/1."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "runs").mkdir()
        (Path(folder) / "runs" / "1").symlink_to(run)
        command = [sys.executable, "-m", "gpunet", "draw", "runs/1", "--no-browser"]
        environment = {**os.environ, "GPUNET_DEVICE": "cpu", "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            yield process.stdout.readline().split()[2]
            process.terminate()


@contextmanager
def chromium() -> Iterator[Chrome]:
    """A browser without a screen."""
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or sys.exit("chromium is not installed")
    for argument in ARGUMENTS:
        options.add_argument(argument)
    driver = Chrome(options=options, service=ChromeService(shutil.which("chromedriver")))
    try:
        width, height = SIZE
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        yield driver
    finally:
        driver.quit()


if __name__ == "__main__":
    main()
