"""The mapping of columns to fields of a record: guessed from tags, headings and values, and changed by people."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from feedback.imports import kobo
from feedback.imports.dates import DateOrder, UnreadableDate, is_ambiguous, order_told_by, read_date
from feedback.imports.fields import (
    CONTINUED,
    DATE_FIELDS,
    EXTRA_PREFIX,
    FIELD_BY_HEADING,
    NOT_IMPORTED,
    OTHER_DATES,
    OWN_COLUMNS,
    OWN_MARKS,
    OWN_MOMENTS,
    PERSONAL,
    field_of_tag,
    heading_key,
)
from feedback.imports.readers.tables import Table

PROFILED_ROWS = 500
MIN_SHARE_OF_DATES = 0.9
MIN_CONTENT_LENGTH = 15
"""Mean number of characters from which a column without a known heading may be the text of the feedback."""


@dataclass(frozen=True)
class ColumnMapping:
    """fields: field by column, "" for a column that is left out. orders: of day and month, by column.

    choices: columns that are answers of a multiple-choice question, with the question and the answer.
    """

    fields: Mapping[str, str]
    orders: Mapping[str, DateOrder] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def date_columns(self) -> list[str]:
        return [column for column, name in self.fields.items() if name in DATE_FIELDS]

    @property
    def has_content(self) -> bool:
        return "content" in self.fields.values()

    def columns_of(self, name: str) -> list[str]:
        return [column for column, mapped in self.fields.items() if mapped == name]

    def as_json(self) -> dict[str, Any]:
        """Return the form in which a mapping is stored."""
        return {
            "fields": dict(self.fields),
            "orders": {column: order.value for column, order in self.orders.items()},
            "choices": {column: list(choice) for column, choice in self.choices.items()},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ColumnMapping":
        return cls(
            dict(stored["fields"]),
            {column: DateOrder(order) for column, order in stored.get("orders", {}).items()},
            {column: (choice[0], choice[1]) for column, choice in stored.get("choices", {}).items()},
        )


@dataclass(frozen=True)
class Profile:
    """The values of the first rows of a column. is_choice: all are 0 or 1."""

    count: int = 0
    mean_length: float = 0.0
    share_of_dates: float = 0.0
    is_distinct: bool = False
    is_choice: bool = False


def layout_digest(header: Sequence[str]) -> str:
    """Return the digest under which the mapping of a layout is remembered: of its columns in any order."""
    return hashlib.sha256(json.dumps(sorted(header)).encode()).hexdigest()


def profile_columns(table: Table) -> list[Profile]:
    rows = [cells for _, cells in islice(table.rows(), PROFILED_ROWS)]
    return [_profile([row[index] for row in rows if index < len(row)]) for index in range(len(table.header))]


def _profile(cells: Iterable[Any]) -> Profile:
    filled = [cell for cell in cells if cell not in ("", None, [], {})]
    texts = [cell.strip() for cell in filled if isinstance(cell, str) and cell.strip()]
    if not texts:
        return Profile(count=len(filled))
    return Profile(
        count=len(filled),
        mean_length=sum(map(len, texts)) / len(texts),
        share_of_dates=sum(map(_is_date, texts)) / len(texts),
        is_distinct=len(set(texts)) == len(texts),
        is_choice=all(text.upper() in kobo.CHOICE_CELLS for text in texts),
    )


def _is_date(text: str) -> bool:
    if text.isdigit():  # a number may be a date only under a heading that says so
        return False
    try:
        read_date(text, DateOrder.DAY_FIRST)
    except UnreadableDate:
        return order_told_by(text) is not None
    return True


def guess_mapping(table: Table) -> ColumnMapping:
    """Guess the field of each column, and the order of day and month in columns of dates."""
    profiles = dict(zip(table.header, profile_columns(table), strict=True))
    is_kobo = kobo.is_export(table.header)
    is_own = set(table.header) >= OWN_MARKS
    fields: dict[str, str] = {}
    for place, column in enumerate(table.header):
        tag = table.tags[place] if place < len(table.tags) else ""
        guessed = _named_field(column, tag, is_kobo=is_kobo, is_own=is_own)
        may_repeat = guessed in ("extra", NOT_IMPORTED) or CONTINUED.match(column)
        if guessed is not None and (may_repeat or guessed not in fields.values()):
            fields[column] = guessed
    answers = {column for column, profile in profiles.items() if profile.is_choice and column not in fields}
    choices = kobo.choices_in(table.header, answers)
    repeated = {column for column, (question, _) in choices.items() if question in table.header}
    fields |= dict.fromkeys(repeated, NOT_IMPORTED)  # the column of the question has all its answers
    _guess_by_values(fields, profiles, choices)
    for column in table.header:
        fields.setdefault(column, _rest(column, profiles[column], is_kobo=is_kobo))
    return ColumnMapping({column: fields[column] for column in table.header}, choices=choices)


def _named_field(column: str, tag: str, *, is_kobo: bool, is_own: bool) -> str | None:
    """Return the field that a tag or a heading names; None if none does."""
    if tag and (by_tag := field_of_tag(tag)):
        return by_tag
    if column == "extra" or column.startswith(EXTRA_PREFIX):
        return "extra"
    if CONTINUED.match(column):
        return "content"
    if is_kobo and (column in kobo.FIELDS or kobo.is_left_out(column)):
        return kobo.FIELDS.get(column, NOT_IMPORTED)
    key = heading_key(column)
    if key in OWN_COLUMNS or (is_own and key in OWN_MOMENTS):
        return NOT_IMPORTED
    return FIELD_BY_HEADING.get(key) or FIELD_BY_HEADING.get(heading_key(kobo.question_of(column)))


def _guess_by_values(
    fields: dict[str, str], profiles: Mapping[str, Profile], choices: Mapping[str, tuple[str, str]]
) -> None:
    free = {column: profile for column, profile in profiles.items() if column not in fields and column not in choices}
    free = {column: profile for column, profile in free.items() if not PERSONAL.search(heading_key(column))}
    if "content" not in fields.values() and free:
        content = max(free, key=lambda column: free[column].mean_length)
        if free[content].mean_length >= MIN_CONTENT_LENGTH and free[content].share_of_dates == 0:
            fields[content] = "content"
            del free[content]
    if "collected_at" not in fields.values():
        dates = [column for column, profile in free.items() if profile.share_of_dates >= MIN_SHARE_OF_DATES]
        dates = [column for column in dates if not OTHER_DATES.search(heading_key(column))]
        # Without a date of collection the date of receipt is the nearest one: a record needs a place in time.
        dates += [column for column, name in fields.items() if name == "received_at"]
        if dates:
            fields[dates[0]] = "collected_at"


def _rest(column: str, profile: Profile, *, is_kobo: bool) -> str:
    if not profile.count or PERSONAL.search(heading_key(column)) or (is_kobo and kobo.is_system_column(column)):
        return NOT_IMPORTED
    return "extra"


def with_orders(mapping: ColumnMapping, table: Table) -> tuple[ColumnMapping, list[str]]:
    """Read all rows to find the orders that nobody named. Return the columns whose order nothing tells, too."""
    places = {column: table.header.index(column) for column in mapping.date_columns if column not in mapping.orders}
    if not places:
        return mapping, []
    told: dict[str, set[DateOrder]] = {column: set() for column in places}
    ambiguous: set[str] = set()
    for _, cells in table.rows():
        for column, place in places.items():
            cell = cells[place] if place < len(cells) else ""
            if not isinstance(cell, str) or not cell or cell[:4].isdecimal():  # begins with its year
                continue
            if order := order_told_by(cell):
                told[column].add(order)
            elif column not in ambiguous and is_ambiguous(cell):
                ambiguous.add(column)
    orders = {column: next(iter(found)) for column, found in told.items() if len(found) == 1}
    untold = [column for column, found in told.items() if not found and column in ambiguous]
    return replace(mapping, orders={**mapping.orders, **orders}), untold
