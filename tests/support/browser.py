"""A headless Chromium for page tests, kept from talking to anybody but the server under test.

An act is done once, on a page that stands still: one that leaves the page inside `leaving`, and what comes of any
other is waited for with `until`.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from selenium.common.exceptions import InvalidSessionIdException, NoSuchWindowException, WebDriverException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from urllib3.exceptions import HTTPError

SECONDS = 60
T = TypeVar("T")

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1000",
    # One process for all pages: they are all of one server.
    "--renderer-process-limit=1",
    "--disable-site-isolation-trials",
    "--disable-features=SpareRendererForSitePerProcess,IsolateOrigins,site-per-process",
)


def missing_browser() -> str | None:
    """Say what page tests lack on this machine; None when nothing."""
    for program in ("chromium", "chromedriver"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    return None


class Chromium:
    """One Chromium for many tests, which is started anew when a test has left it dead."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._starts = 0
        self._browser: Chrome | None = None

    def emptied(self) -> Chrome:
        """The browser with one new tab, so nothing that was set in another, and without cookies and stored items."""
        if self._browser is not None:
            try:
                _empty(self._browser)
            except (WebDriverException, HTTPError):
                self.quit()
        if self._browser is None:
            self._browser = self._started()
            _empty(self._browser)
        return self._browser

    def quit(self) -> None:
        if self._browser is not None:
            self._browser.quit()
            self._browser = None

    def _started(self) -> Chrome:
        self._starts += 1
        options = ChromeOptions()
        options.binary_location = shutil.which("chromium") or ""
        for flag in (*FLAGS, f"--user-data-dir={self._directory / f'profile-{self._starts}'}"):
            options.add_argument(flag)
        # A named driver: otherwise Selenium looks for one in the network.
        browser = Chrome(options=options, service=Service(shutil.which("chromedriver")))
        browser.set_script_timeout(SECONDS)
        return browser


def _empty(browser: Chrome) -> None:
    left = browser.window_handles
    browser.switch_to.window(left[0])
    browser.switch_to.new_window("tab")
    empty = browser.current_window_handle
    for window in left:
        browser.switch_to.window(window)
        browser.close()
    browser.switch_to.window(empty)
    browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    browser.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})
    resize(browser, 1280, 1000)


@contextmanager
def running_chromium(directory: Path) -> Iterator[Chromium]:
    """A Chromium that keeps its profiles in the given directory and is quit after the block."""
    chromium = Chromium(directory)
    try:
        yield chromium
    finally:
        chromium.quit()


def until(read: Callable[[], T], holds: Callable[[T], object] = bool, *, seconds: float = SECONDS) -> T:
    """Read again and again until what is read holds, and return it; fail with what was read last.

    An error of WebDriver is what is read while one page takes another's place. `read` looks, and does nothing that may
    not be done twice.
    """
    deadline = time.monotonic() + seconds
    while True:
        last: T | WebDriverException
        try:
            last = read()
            if holds(last):
                return last
        except (InvalidSessionIdException, NoSuchWindowException):
            raise
        except WebDriverException as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"After {seconds} seconds it still reads {last!r}")
        time.sleep(0.05)


def until_equal(read: Callable[[], T], expected: T, *, seconds: float = SECONDS) -> None:
    """Read again and again until what is read equals what is expected; fail with what was read last."""
    until(read, lambda value: value == expected, seconds=seconds)


@contextmanager
def leaving(page: Chrome) -> Iterator[None]:
    """Leave the page in the block; after it another one is loaded, and its scripts have run."""
    left = _document(page)
    yield
    until(lambda: _document(page) != left and page.execute_script("return document.readyState") == "complete")


def _document(page: Chrome) -> str:
    """The id of the document that stands in the window: no two have one, and one that is gone back to has its own."""
    loader: str = page.execute_cdp_cmd("Page.getFrameTree", {})["frameTree"]["frame"]["loaderId"]
    return loader


def resize(page: Chrome, width: int, height: int) -> None:
    """Give the window a size, and wait until its page has that width."""
    page.set_window_size(width, height)
    until_equal(lambda: page.execute_script("return innerWidth"), width)
