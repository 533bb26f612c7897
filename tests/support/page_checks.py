"""Checks of page_checks.js on a page in the browser, and the devices it is shown on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome

from tests.support.accessibility import violations
from tests.support.browser import until

CHECKS = Path(__file__).with_name("page_checks.js").read_text()
PHONE = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
SMALLEST_PHONE = {"width": 320, "height": 640, "deviceScaleFactor": 2, "mobile": True}
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


def findings(page: Chrome, open_page: Callable[..., Chrome], address: str) -> dict[str, Any]:
    """Return the faults of a page on the smallest phone, in Arabic and in dark mode. A good page has none.

    open_page: opens an address in a language, `open_page("/usage/", language="ar")`.
    """
    show_as(page, SMALLEST_PHONE)
    found = {"too wide (ar)": max(0, ask(open_page(address, language="ar"), "overflow"))}
    found["too wide (en)"] = max(0, ask(open_page(address), "overflow"))
    show_as(page, DESK)
    found |= {check: ask(page, check) for check in ("lowContrast", "withoutName", "smallTargets")}
    found["wcag"] = violations(page)
    darken(page)
    found["lowContrast (dark)"] = ask(page, "lowContrast")
    return {check: value for check, value in found.items() if value}
