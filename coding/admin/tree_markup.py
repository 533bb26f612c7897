"""The framework editor's tree as HTML, built in one loop: a template that includes itself is slow at 500 codes."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from coding.frameworks.code_fields import COLOUR
from coding.frameworks.names import normal_form
from coding.frameworks.tree import PlacedCode, Tree, walk, written_path


@dataclass(frozen=True)
class TreeMarkup:
    """tree: nested lists, collapsible without script. codes: how many there are."""

    tree: SafeString
    codes: int


def tree_markup(tree: Tree, *, selected: uuid.UUID | None) -> TreeMarkup:
    """Write the tree; each code links to its form with `?code=<row id>`."""
    written = StringIO()
    level = 0
    count = 0
    sizes = _sizes(tree)
    for placed in walk(tree):
        _close(written, level, placed.level)
        level = placed.level
        count += 1
        _open(written, placed, selected, sizes.get(id(placed.code), 0))
    _close(written, level, 0)
    return TreeMarkup(mark_safe(written.getvalue()), count)  # noqa: S308 - every text in it is escaped


def _open(written: StringIO, placed: PlacedCode, selected: uuid.UUID | None, size: int) -> None:
    code = placed.code
    # Translated outside of the f-strings, which gettext cannot read.
    retired_word, sensitive_word = escape(_("retired")), escape(capfirst(_("sensitive")))
    retired = f' class="retired" title="{retired_word}"' if code.is_retired else ""
    current = ' aria-current="true"' if code.row_id == selected else ""
    colour = f' style="--c:{code.colour}"' if COLOUR.match(code.colour) else ""
    link = f'<a href="?code={code.row_id}"{retired}{current}{colour}>{escape(code.name)}</a>'
    if code.sensitive:
        link += f' <b role="img" aria-label="{sensitive_word}">!</b>'
    if code.is_leaf:
        written.write(f"<li>{link}")
    else:
        name = escape(code.name)
        written.write(f'<li>{link} <small>{size}</small><details open><summary aria-label="{name}"></summary><ul>')


def _close(written: StringIO, level: int, next_level: int) -> None:
    """End the items that the next code does not stand in; a branch's own list was opened with it."""
    if not level:
        return
    if next_level > level:
        return
    written.write("</li>")
    written.write("</ul></details></li>" * (level - next_level))


def _sizes(tree: Tree) -> dict[int, int]:
    """How many assignable codes stand under each branch."""
    sizes: dict[int, int] = {}
    for placed in walk(tree):
        if placed.code.is_leaf:
            for node in placed.path[:-1]:
                sizes[id(node)] = sizes.get(id(node), 0) + 1
    return sizes


def found_codes(tree: Tree, query: str) -> list[PlacedCode]:
    """The codes whose name, id, definition or other words hold all words of a query."""
    words = normal_form(query).casefold().split()
    return [placed for placed in walk(tree) if all(word in _searched(placed) for word in words)]


def _searched(placed: PlacedCode) -> str:
    code = placed.code
    return normal_form(" ".join([code.name, code.id, code.definition, *code.aliases, *code.labels.values()])).casefold()


def find_by_path(tree: Tree, text: str) -> uuid.UUID | None:
    """The row id of the code that a person typed: its path, its id, or its name when only one code has it."""
    wanted = normal_form(text).casefold()
    placed = list(walk(tree))
    return (
        _only(each for each in placed if normal_form(written_path(each.names)).casefold() == wanted)
        or _only(each for each in placed if normal_form(each.code.id).casefold() == wanted)
        or _only(each for each in placed if normal_form(each.code.name).casefold() == wanted)
    )


def _only(found: Iterable[PlacedCode]) -> uuid.UUID | None:
    candidates: Sequence[PlacedCode] = list(found)
    return candidates[0].code.row_id if len(candidates) == 1 else None
