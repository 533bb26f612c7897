"""axe-core's rules for WCAG 2.2 A and AA, asked of the page that a browser shows. Not all of WCAG can be told so."""

from pathlib import Path

from selenium.webdriver import Chrome

AXE = Path(__file__).with_name("vendor") / "axe-4.14.1.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ASK = """
const [levels, done] = arguments;
axe.run(document, {runOnly: levels, resultTypes: ['violations']}).then(result => done(result.violations.map(
    rule => `${rule.id}: ${rule.nodes.length} x ${rule.nodes[0].html.slice(0, 120)}`)));
"""


def violations(page: Chrome) -> list[str]:
    """The rules that a page breaks, each with how often and the first place."""
    page.execute_script(AXE.read_text())
    found: list[str] = page.execute_async_script(ASK, LEVELS)
    return found
