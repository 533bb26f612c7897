"""Write the HTML of the tree in the framework editor, and search in the tree."""

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
    """HTML of a tree. tree: nested lists, collapsible without script. codes: their number."""

    tree: SafeString
    codes: int


def tree_markup(tree: Tree, *, selected: uuid.UUID | None) -> TreeMarkup:
    """Write the tree. Codes link to their forms with `?code=<row id>`."""
    # A loop, because a template that includes itself is slow at 500 codes.
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
    """Close the list items that do not contain the next code."""
    if not level:
        return
    if next_level > level:
        return
    written.write("</li>")
    written.write("</ul></details></li>" * (level - next_level))


def _sizes(tree: Tree) -> dict[int, int]:
    """Count the assignable codes under each branch."""
    sizes: dict[int, int] = {}
    for placed in walk(tree):
        if placed.code.is_leaf:
            for node in placed.path[:-1]:
                sizes[id(node)] = sizes.get(id(node), 0) + 1
    return sizes


def search_codes(tree: Tree, query: str) -> list[PlacedCode]:
    """Return the codes whose name, id, definition or synonyms contain all words of a query."""
    words = normal_form(query).casefold().split()
    return [placed for placed in walk(tree) if all(word in _searched(placed) for word in words)]


def _searched(placed: PlacedCode) -> str:
    code = placed.code
    return normal_form(" ".join([code.name, code.id, code.definition, *code.aliases, *code.labels.values()])).casefold()


def find_by_path(tree: Tree, text: str) -> uuid.UUID | None:
    """Return the row id of the code that a person typed as a path, an id or a name, if only one code has it."""
    wanted = normal_form(text).casefold()
    placed = list(walk(tree))
    return (
        _only(candidate for candidate in placed if normal_form(written_path(candidate.names)).casefold() == wanted)
        or _only(candidate for candidate in placed if normal_form(candidate.code.id).casefold() == wanted)
        or _only(candidate for candidate in placed if normal_form(candidate.code.name).casefold() == wanted)
    )


def _only(matching: Iterable[PlacedCode]) -> uuid.UUID | None:
    candidates: Sequence[PlacedCode] = list(matching)
    return candidates[0].code.row_id if len(candidates) == 1 else None
