"""Checks of page_checks.js on a page in the browser, and the devices it is shown on."""

from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome

from tests.support.browser import until

CHECKS = Path(__file__).with_name("page_checks.js").read_text()
PHONE = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
DESK = {"width": 1280, "height": 1000, "deviceScaleFactor": 1, "mobile": False}


def ask(page: Chrome, check: str) -> Any:
    """Run one of the checks of page_checks.js on a page."""
    return page.execute_script(f"{CHECKS}\nreturn {check}()")


def show_as(page: Chrome, device: dict[str, Any]) -> None:
    """Show the page as on another device, and wait until it has its width."""
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", device)
    has_width = f"return matchMedia('(width: {device['width']}px)').matches"
    until(lambda: page.execute_script(has_width))


def darken(page: Chrome) -> None:
    """Change the theme as its button does, at once: colours that are still fading would be measured."""
    page.execute_script(
        "document.head.insertAdjacentHTML('beforeend', '<style>* { transition: none !important }</style>');"
        "document.documentElement.dataset.theme = 'dark'"
    )
