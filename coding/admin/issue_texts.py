"""Translate issues and notes of imported frameworks for pages.

The API has them in English, with their parameters filled in. A text that has no template stays as it is.
"""

import re
from collections.abc import Iterator

from django.utils.translation import gettext, gettext_noop

from coding.errors import ImportIssue

PARAMETER = re.compile(r"%\((\w+)\)s")
TEMPLATES = (
    gettext_noop("The sheet has more than %(number)s rows"),
    gettext_noop("The sheet has more than %(number)s columns"),
    gettext_noop("The sheet has more than %(number)s cells, empty ones included"),
    gettext_noop("The workbook has more than %(number)s parts"),
    gettext_noop("The workbook unpacks to more than %(number)s MB"),
    gettext_noop("A part of the workbook unpacks to more than %(number)s times its size"),
    gettext_noop("A part of the workbook is larger than %(number)s MB"),
    gettext_noop("This is not a workbook (.xlsx) that can be read"),
    gettext_noop("The first sheet is empty"),
    gettext_noop("%(cell)s holds a formula: paste its value"),
    gettext_noop("%(cell)s holds a number that is rounded to 15 digits: write it again as text"),
    gettext_noop("The file is larger than %(number)s MB"),
    gettext_noop("The name must end in one of: %(names)s"),
    gettext_noop("This is not text in UTF-8: save the file as CSV UTF-8"),
    gettext_noop("This is not text in UTF-8"),
    gettext_noop("This is not a CSV table: %(reason)s"),
    gettext_noop("The table has more than %(number)s rows"),
    gettext_noop("The table has more than %(number)s columns"),
    gettext_noop("There is no code in the table"),
    gettext_noop("The column %(name)s is there twice"),
    gettext_noop("The columns type, category, code are needed, each of them once"),
    gettext_noop("No type, category or code is named"),
    gettext_noop("A level is empty above the code"),
    gettext_noop("Column %(number)s has no heading in row 1, and holds %(text)s"),
    gettext_noop("extra: %(name)s is the heading of a column too"),
    gettext_noop("There are more than %(number)s levels"),
    gettext_noop("This code is in row %(number)s already"),
    gettext_noop('%(name)s: write it as JSON, for example {"fr": "Eau"}'),
    gettext_noop("%(name)s: texts by language are needed"),
    gettext_noop("%(name)s: write yes or no"),
    gettext_noop("%(text)s is not a UUID"),
    gettext_noop("%(text)s is not a GUID"),
    gettext_noop("Its GUID is used more than once"),
    gettext_noop("The name is longer than %(number)s characters"),
    gettext_noop("This is not a codebook in XML that can be read safely"),
    gettext_noop("This is not a REFI-QDA codebook"),
    gettext_noop("There is no code in the codebook"),
    gettext_noop("There are too many codes or levels"),
    gettext_noop("A code needs a name"),
    gettext_noop("A framework needs a name of at most %(number)s characters"),
    gettext_noop("One of these keys is needed: %(names)s"),
    gettext_noop("Field required"),
    gettext_noop("Input should be a valid string"),
    gettext_noop("Input should be a valid list"),
    gettext_noop("Input should be a valid dictionary or object to extract fields from"),
    gettext_noop("List should have at least 1 item after validation, not 0"),
    gettext_noop("The tree has more than %(number)s levels"),
    gettext_noop("The tree has more than %(number)s codes"),
    gettext_noop("It is there twice, beside and in 'extra'"),
    gettext_noop("Input should be texts by language"),
    gettext_noop("Input should be a list of strings"),
    gettext_noop("Input should be a valid boolean"),
    gettext_noop("It holds a character that cannot be stored"),
    gettext_noop("The %(name)s is longer than %(number)s characters"),
    gettext_noop("The id %(text)s is used more than once"),
    gettext_noop("The stable id is used more than once"),
    gettext_noop("What replaces it leads back to it"),
    gettext_noop("It holds a number that cannot be stored"),
    gettext_noop("This is not JSON: %(reason)s, line %(number)s"),
    gettext_noop("It is nested too deep"),
    gettext_noop("The key %(name)s is there twice in one object"),
    gettext_noop("%(text)s is not a number that JSON knows"),
    gettext_noop("A number is too large"),
    gettext_noop("The file is empty"),
    gettext_noop("A text is longer than %(number)s characters"),
    gettext_noop("Only the first sheet was read, not: %(names)s"),
    gettext_noop("Comments on cells were left out"),
    gettext_noop("These parts of the file were left out: %(names)s"),
    gettext_noop("Sets without a code of this codebook were left out: %(names)s"),
    gettext_noop("Sets name codes that this codebook does not have; those were left out: %(names)s"),
    gettext_noop("The framework keeps its own %(name)s; that of the file was left out"),
    gettext_noop("row %(number)s"),
    gettext_noop("A colour is written like #1a2b3c"),
    gettext_noop("Code %(number)s"),
    gettext_noop("Set %(number)s"),
    gettext_noop("file"),
)


def translated_issue(issue: ImportIssue) -> ImportIssue:
    return ImportIssue(translated(issue.where), translated(issue.issue))


def translated(text: str) -> str:
    """Return a text in the language in force."""
    return next(_translations(text), text)


def _translations(text: str) -> Iterator[str]:
    for template, pattern in PATTERNS:
        if match := pattern.fullmatch(text):
            yield gettext(template) % match.groupdict() if match.groupdict() else gettext(template)


def _pattern(template: str) -> re.Pattern[str]:
    pieces = PARAMETER.split(template)
    return re.compile(
        "".join(f"(?P<{piece}>.*)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces)), re.DOTALL
    )


PATTERNS = [(template, _pattern(template)) for template in TEMPLATES]
