"""Accessibility of a page: axe-core's rules for WCAG 2.2 A and AA, and the names that a screen reader gets.

Not all of WCAG can be told so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome

AXE = Path(__file__).parents[1] / "vendor" / "axe-4.14.1.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ASK = """
const [levels, done] = arguments;
// Selectors and the loading of media are left out: together they are a third of the work.
const options = {runOnly: levels, resultTypes: ['violations'], selectors: false, preload: false};
axe.run(document, options).then(result => done(result.violations.map(
    rule => `${rule.id}: ${rule.nodes.length} x ${rule.nodes[0].html.slice(0, 120)}`)));
"""


def violations(page: Chrome) -> list[str]:
    """The rules that a page breaks, each with how often and the first place."""
    page.execute_script(AXE.read_text())
    found: list[str] = page.execute_async_script(ASK, LEVELS)
    return found


Node = Mapping[str, Any]


@dataclass(frozen=True)
class Accessible:
    """A thing on a page as a screen reader is told of it: what it is, its name, and what else is said."""

    role: str
    name: str
    description: str
    states: Mapping[str, Any]


def accessible(page: Chrome, *, role: str, name: str | None = None) -> Sequence[Accessible]:
    """Return the nodes that Chromium gives to screen readers, by role and optional name, in reading order."""
    page.execute_cdp_cmd("Accessibility.enable", {})
    nodes = page.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    page.execute_cdp_cmd("Accessibility.disable", {})
    by_id = {node["nodeId"]: node for node in nodes}
    found = [_accessible(node) for node in _in_order(nodes[0], by_id) if _value(node, "role") == role]
    return [each for each in found if name in (None, each.name)]


def _in_order(node: Node, by_id: Mapping[str, Node]) -> Iterator[Node]:
    """A node and all below it that readers are told of, as they are read."""
    if not node["ignored"]:
        yield node
    for child in node.get("childIds", ()):
        if child in by_id:
            yield from _in_order(by_id[child], by_id)


def _accessible(node: Node) -> Accessible:
    states = {each["name"]: each["value"].get("value") for each in node.get("properties", ())}
    return Accessible(_value(node, "role"), _value(node, "name"), _value(node, "description"), states)


def _value(node: Node, key: str) -> str:
    return str(node.get(key, {}).get("value", ""))
