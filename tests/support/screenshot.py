"""Make docs/screenshot.png, which README.md opens with: a page of results of the sample articles.

``python -m tests.support.screenshot`` needs chromium and chromedriver, as the tests of the pages do.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.browser import CHROMIUM, DRIVER, opened, show
from tests.support.paths import CHECKOUT
from tests.support.seeds_site import seeds_served

SCREENSHOT = CHECKOUT / "docs" / "screenshot.png"
MOST_BYTES = 200_000
#: What is shown, in CSS pixels from its top.
PATH = "/search?q=government+prices&match=any&diverse=off"
WIDTH, HEIGHT = 1280, 800


def picture() -> bytes:
    """Return a PNG of a page of the sample articles."""
    part = {"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT, "scale": 1}
    with TemporaryDirectory() as folder, seeds_served(Path(folder)) as address:
        browser = opened(f"{folder}/profile")
        try:
            show(browser, WIDTH)
            browser.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
            browser.get(address + PATH)
            taken = browser.execute_cdp_cmd(
                "Page.captureScreenshot", {"format": "png", "clip": part}
            )
        finally:
            browser.quit()
    return base64.b64decode(taken["data"])


def main() -> None:
    """Write the picture, if it is not larger than it may be."""
    if not (CHROMIUM and DRIVER):
        sys.exit("Install chromium and chromedriver, which take the picture.")
    png = picture()
    if len(png) > MOST_BYTES:
        sys.exit(f"The picture has {len(png):,} bytes, more than {MOST_BYTES:,}; show less.")
    SCREENSHOT.write_bytes(png)
    print(f"{SCREENSHOT.relative_to(CHECKOUT)}: {len(png):,} bytes")


if __name__ == "__main__":
    main()
