"""A headless Chromium, and what a page looks like in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM, DRIVER = "chromium", "chromedriver"
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


def missing() -> str:
    """Return the reason why no browser can run here; "" if one can."""
    absent = [name for name in (CHROMIUM, DRIVER) if shutil.which(name) is None]
    try:
        import selenium  # noqa: F401
    except ImportError:
        absent.append("selenium")
    return f"{', '.join(absent)} not installed" if absent else ""


@contextmanager
def open_browser(profile: Path) -> Iterator[Browser]:
    """Start a browser with its own profile, and end it with the block."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which(CHROMIUM) or ""
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which(DRIVER)))
    try:
        yield Browser(driver)
    finally:
        driver.quit()


class Browser:
    """One page at a time."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, page: Path, width: int, *, dark: bool = False, media: str = "screen") -> None:
        """Show a file in a window of a given width."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._resize(width, 900)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": [scheme]})
        self.driver.get(page.as_uri())

    def run(self, script: str) -> Any:
        """Run a script in the page, as a person's tools do; return its result."""
        return self.driver.execute_script(script)

    def console(self) -> list[str]:
        """Return what the console shows since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def click(self, selector: str) -> None:
        """Click on the first element that a selector matches."""
        self.driver.find_element("css selector", selector).click()

    def picture(self, file: Path, width: int, height: int | None = None) -> None:
        """Write a picture of the page; without a height, of the whole page."""
        self._resize(width, height or self.run("return document.documentElement.scrollHeight"))
        self.driver.save_screenshot(str(file))

    def _resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
