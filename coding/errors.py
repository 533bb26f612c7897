"""What can go wrong with frameworks.

CodingError
├── VersionFrozen         a published or archived version would have been changed
├── UnreadableFramework   a file or JSON that is not a framework; issues say where and why
├── NotPublishable        an empty version, or one without what publishing asks for
├── ChangedMeanwhile      somebody else changed what was to be saved, after it was read
├── SecondPersonNeeded    the tenant's policy wants somebody else to publish than who edited
└── TooManyCodes          a framework too large to be compared word by word within a request
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from tenants.storable import UNSTORABLE


class CodingError(Exception):
    """Root of this room's errors."""


class VersionFrozen(CodingError):
    """Only drafts are changed."""

    def __str__(self) -> str:
        return gettext("Only a draft can be changed")


@dataclass(frozen=True)
class ImportIssue:
    """where: a JSON location (`root_codes.0.name`), a row (`row 7`) or an element (`Code 3`)."""

    where: str
    issue: str


class UnreadableFramework(CodingError):
    """Nothing was imported. issues: every row-level error that was found, in order."""

    def __init__(self, issues: Sequence[ImportIssue]) -> None:
        self.issues = tuple(ImportIssue(_writable(each.where), _writable(each.issue)) for each in issues)
        super().__init__("; ".join(f"{each.where}: {each.issue}" for each in self.issues[:5]))


def _writable(text: str) -> str:
    """Return the text with a question mark for what no page and no log can hold."""
    return UNSTORABLE.sub("?", text)


class NotPublishable(CodingError):
    """The version cannot be published as it is."""


class ChangedMeanwhile(CodingError):
    """A code says something else than the person who changed it had seen. Nothing was changed."""

    def __str__(self) -> str:
        return gettext("Somebody else changed this code meanwhile")


class SecondPersonNeeded(CodingError):
    """Somebody who did not edit the draft has to publish it."""

    def __str__(self) -> str:
        return gettext("Somebody who did not edit the draft has to publish it")


class TooManyCodes(CodingError):
    """More codes than can be compared word by word within a request."""
