"""Errors of coding frameworks.

CodingError
├── VersionFrozen         a change of a published or archived version
├── UnreadableFramework   a file or JSON that is not a framework; its issues say where and why
├── NotPublishable        a version without codes
├── ChangedMeanwhile      another person changed the same field since it was read
├── SecondPersonNeeded    the tenant's policy does not let an editor of the draft publish it
└── TooManyCodes          a framework too large to compare word by word within a request
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from tenants.storable import UNSTORABLE


class CodingError(Exception):
    """Base of the errors of this package."""


class VersionFrozen(CodingError):
    """The version is not a draft, and cannot be changed."""

    def __str__(self) -> str:
        return gettext("Only a draft can be changed")


@dataclass(frozen=True)
class ImportIssue:
    """An issue of a file. where: a JSON location (`root_codes.0.name`), a row (`row 7`) or an element (`Code 3`)."""

    where: str
    issue: str


class UnreadableFramework(CodingError):
    """Nothing was imported. issues: all errors of the file, in order."""

    def __init__(self, issues: Sequence[ImportIssue]) -> None:
        self.issues = tuple(ImportIssue(_writable(issue.where), _writable(issue.issue)) for issue in issues)
        super().__init__("; ".join(f"{issue.where}: {issue.issue}" for issue in self.issues[:5]))


def _writable(text: str) -> str:
    """Return the text with a question mark for each character that cannot be encoded."""
    return UNSTORABLE.sub("?", text)


class NotPublishable(CodingError):
    """The version cannot be published as it is."""


class ChangedMeanwhile(CodingError):
    """A field has another value than the person who changed it had seen. Nothing was changed."""

    def __str__(self) -> str:
        return gettext("Another person has changed this code")


class SecondPersonNeeded(CodingError):
    """A person who did not edit the draft has to publish it."""

    def __str__(self) -> str:
        return gettext("A person who did not edit the draft has to publish it")


class TooManyCodes(CodingError):
    """The framework has more codes than can be compared word by word within a request."""
