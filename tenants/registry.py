"""Registrations of the rooms above, at start.

How to erase a tenant's content when the tenant is closed, which operations a key can be limited to, which keys of a
record's metadata are known, what makes a redaction policy wrong, and the cards of the admin's first page.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

ContentEraser = Callable[[uuid.UUID], None]

_content_erasers: list[ContentEraser] = []


def register_content_eraser(eraser: ContentEraser) -> None:
    """Have `eraser(tenant_id)` called, inside the tenant's scope and transaction, when a tenant is closed."""
    _content_erasers.append(eraser)


def content_erasers() -> Sequence[ContentEraser]:
    return tuple(_content_erasers)


_operation_names: list[Callable[[], Iterable[str]]] = []


def register_operation_names(names: Callable[[], Iterable[str]]) -> None:
    """Have the names of operations known here, for the scopes of keys."""
    _operation_names.append(names)


def operation_names() -> Sequence[str]:
    return tuple(sorted(name for names in _operation_names for name in names()))


_metadata_names: set[str] = set()


def register_metadata_names(names: Iterable[str]) -> None:
    """Name the keys of a record's metadata that the contract knows. Other keys are a caller's own, and may be text."""
    _metadata_names.update(names)


def metadata_names() -> frozenset[str]:
    return frozenset(_metadata_names)


_policy_checks: list[Callable[[object], str | None]] = []


def register_redaction_policy_check(check: Callable[[object], str | None]) -> None:
    """Have `check(policy)` say what is wrong with a redaction policy before it is saved; None: nothing."""
    _policy_checks.append(check)


def problems_of_redaction_policy(policy: object) -> list[str]:
    return [problem for check in _policy_checks if (problem := check(policy))]


@dataclass(frozen=True)
class IndexCard:
    """One figure on the first page of the admin, and where to read more. needs_attention: somebody should act."""

    title: str
    figure: str
    text: str
    url: str
    needs_attention: bool = False


@dataclass(frozen=True)
class _RegisteredCard:
    permission: str
    make: Callable[[], IndexCard | None]


_index_cards: list[_RegisteredCard] = []


def register_index_card(permission: str, make: Callable[[], IndexCard | None]) -> None:
    """Show a card to whoever has the permission, such as `usage.view_llmcall`; None: nothing to say today."""
    _index_cards.append(_RegisteredCard(permission, make))


def index_cards(has_permission: Callable[[str], bool]) -> list[IndexCard]:
    """Make the cards that somebody may see, of the tenant in scope; what needs attention first."""
    made = [card.make() for card in _index_cards if has_permission(card.permission)]
    return sorted((card for card in made if card is not None), key=lambda card: not card.needs_attention)
