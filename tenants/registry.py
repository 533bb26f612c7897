"""Registrations of the rooms above, at start.

They register erasers of a tenant's content, operations that a key can be limited to, known keys of a record's metadata,
checks of redaction policies, and cards of the admin's first page.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

ContentEraser = Callable[[uuid.UUID], None]

_content_erasers: list[ContentEraser] = []


def register_content_eraser(eraser: ContentEraser) -> None:
    """Register a function that erases content when a tenant is closed, in the tenant's scope and transaction."""
    _content_erasers.append(eraser)


def content_erasers() -> Sequence[ContentEraser]:
    """Return the erasers of upper rooms first: their rows refer to rows of lower rooms."""
    return tuple(reversed(_content_erasers))


_operation_names: list[Callable[[], Iterable[str]]] = []


def register_operation_names(names: Callable[[], Iterable[str]]) -> None:
    """Register names of operations, for the scopes of keys."""
    _operation_names.append(names)


def operation_names() -> Sequence[str]:
    return tuple(sorted(name for names in _operation_names for name in names()))


_resource_scopes: set[str] = set()


def register_key_scopes(*names: str) -> None:
    """Register scopes of keys that are no operations, such as `records`.

    A key without a list of scopes has all of them, except names with a colon, which must be given by name.
    """
    _resource_scopes.update(names)


def key_scopes() -> Sequence[str]:
    """Return all scopes that a key can be limited to."""
    return tuple(sorted({*operation_names(), *_resource_scopes}))


_metadata_names: set[str] = set()


def register_metadata_names(names: Iterable[str]) -> None:
    """Register the contract's keys of a record's metadata. Other keys come from callers, and may contain feedback."""
    _metadata_names.update(names)


def metadata_names() -> frozenset[str]:
    return frozenset(_metadata_names)


_policy_checks: list[Callable[[object], str | None]] = []


def register_redaction_policy_check(check: Callable[[object], str | None]) -> None:
    """Register a check of redaction policies. It returns a problem, or None for a valid policy."""
    _policy_checks.append(check)


def problems_of_redaction_policy(policy: object) -> list[str]:
    return [problem for check in _policy_checks if (problem := check(policy))]


@dataclass(frozen=True)
class IndexCard:
    """A figure on the admin's first page, with a link. needs_attention: somebody should act."""

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
    """Show a card to people with a permission such as `usage.view_llmcall`. make: returns None to show no card."""
    _index_cards.append(_RegisteredCard(permission, make))


def index_cards(has_permission: Callable[[str], bool]) -> list[IndexCard]:
    """Make the cards that a person may see, in the current scope. Cards that need attention come first."""
    made = [card.make() for card in _index_cards if has_permission(card.permission)]
    return sorted((card for card in made if card is not None), key=lambda card: not card.needs_attention)
