"""The menu of our own pages. Rooms register their entries in AppConfig.ready()."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Section(StrEnum):
    """The sections of the menu in their order, by what people do. A section without entries is not shown."""

    FEEDBACK = "feedback"
    FRAMEWORKS = "frameworks"
    REVIEW = "review"
    QUESTIONS = "questions"
    USAGE = "usage"
    PRIVACY = "privacy"
    ADMINISTRATION = "administration"

    @property
    def label(self) -> str | Promise:
        return _LABELS[self]


_LABELS = {
    Section.FEEDBACK: _("Feedback"),
    Section.FRAMEWORKS: _("Coding"),
    Section.REVIEW: _("Review"),
    Section.QUESTIONS: _("Questions"),
    Section.USAGE: _("Usage and cost"),
    Section.PRIVACY: _("Privacy"),
    Section.ADMINISTRATION: _("Administration"),
}


@dataclass(frozen=True)
class MenuEntry:
    """A page in the menu.

    page: the name of its URL, without arguments. permission: what a reader needs to open it, such as
    `usage.view_llmcall`; empty for everybody who has a role. position: among the entries of the section, from 0.
    """

    label: str | Promise
    page: str
    permission: str
    section: Section
    position: int = 0


@dataclass(frozen=True)
class ShownEntry:
    """A menu entry on a page."""

    label: str | Promise
    url: str
    is_current: bool


_entries: list[MenuEntry] = []


def register_menu_entry(entry: MenuEntry) -> None:
    """Show an entry in the menu to the people who may open its page."""
    _entries.append(entry)


def menu_of(has_permission: Callable[[str], bool], path: str) -> Sequence[tuple[Section, Sequence[ShownEntry]]]:
    """Return the sections that a reader has entries in. path: of the page that is shown."""
    allowed = [entry for entry in _entries if not entry.permission or has_permission(entry.permission)]
    urls = {entry: reverse(entry.page) for entry in allowed}
    current = max((url for url in urls.values() if path.startswith(url)), key=len, default="")
    sections = []
    for section in Section:
        own = sorted((entry for entry in allowed if entry.section is section), key=lambda entry: entry.position)
        if own:
            sections.append((section, [ShownEntry(entry.label, urls[entry], urls[entry] == current) for entry in own]))
    return sections
