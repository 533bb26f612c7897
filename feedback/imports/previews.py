"""Look at a file before it is imported: what its columns are, and which rows cannot be imported. Nothing is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import IO, Any

from django.utils import timezone

from feedback.imports import errors
from feedback.imports.building import Record, RecordBuilder
from feedback.imports.dates import DateOrder
from feedback.imports.errors import RowIssue, in_english, unreadable
from feedback.imports.fields import FIELDS, NOT_IMPORTED
from feedback.imports.mapping import ColumnMapping, guess_mapping, layout_digest, with_orders
from feedback.imports.models import ImportLayout
from feedback.imports.readers.files import ReadingOptions, open_table
from feedback.imports.readers.tables import Table
from tenants.rest.errors import FieldIssue, InvalidRequest

SAMPLE_ROWS = 5
MAX_ERRORS = 1_000


@dataclass(frozen=True)
class Plan:
    """A table and how it will be read. untold: columns of dates whose order of day and month nothing tells."""

    table: Table
    mapping: ColumnMapping
    untold: tuple[str, ...] = ()
    is_remembered: bool = False

    @property
    def notes(self) -> list[str]:
        """Return what a person should know, in English."""
        left_out = [column for column, name in self.mapping.fields.items() if name == NOT_IMPORTED]
        notes = list(self.table.notes)
        if left_out:
            notes.append(f"Columns that are left out: {', '.join(left_out)}")
        for column, order in self.mapping.orders.items():
            first = "day" if order is DateOrder.DAY_FIRST else "month"
            notes.append(f"Dates of {column} are read with the {first} first")
        if "id" not in self.mapping.fields.values():
            notes.append("No column holds ids: they are made of the content of the rows")
        return notes


@dataclass(frozen=True)
class Preview:
    """The outcome an import would have. errors: the first MAX_ERRORS. repeated: rows whose id an earlier row has."""

    rows: int = 0
    rows_ok: int = 0
    errors: list[RowIssue] = field(default_factory=list)
    sample: list[Record] = field(default_factory=list)
    repeated: int = 0


def plan_import(
    file: IO[bytes],
    *,
    options: ReadingOptions | None = None,
    named: Mapping[str, Any] | None = None,
) -> Plan:
    """Open a file and find its mapping: the named one, the one remembered for its layout, or a guess.

    named: fields by column, or objects with `field` and `date_order`; columns that it does not name are guessed.
    Raises UnreadableFile, and InvalidRequest for a mapping that does not fit the file.
    """
    table = open_table(file, options)
    remembered = ImportLayout.objects.filter(digest=layout_digest(table.header)).first()
    mapping = guess_mapping(table)
    if remembered is not None:
        stored = ColumnMapping.from_json(remembered.mapping)
        mapping = replace(mapping, fields=stored.fields, choices=stored.choices)
    if named is not None:
        mapping = _with_named(mapping, named, table)
    mapping, untold = with_orders(mapping, table)
    return Plan(table, mapping, tuple(untold), remembered is not None)


def refuse_unready(plan: Plan) -> None:
    """Raise UnreadableFile if the text of the feedback or the order of dates is not known."""
    if not plan.mapping.has_content:
        raise unreadable(errors.NO_CONTENT_COLUMN)
    if plan.untold:
        issue = in_english(errors.ORDER_UNKNOWN)
        raise errors.UnreadableFile([RowIssue(None, column, issue) for column in plan.untold])


def preview_import(plan: Plan, source: str = "") -> Preview:
    """Build and check every row."""
    faults = [RowIssue(None, column, in_english(errors.ORDER_UNKNOWN)) for column in plan.untold]
    if not plan.mapping.has_content:
        faults.append(RowIssue(None, "", in_english(errors.NO_CONTENT_COLUMN)))
    rows = rows_ok = repeated = 0
    sample: list[Record] = []
    seen: set[int] = set()
    for built in RecordBuilder(plan.table, plan.mapping, source).rows(plan.table.rows()):
        rows += 1
        faults += built.issues[: max(MAX_ERRORS - len(faults), 0)]
        if built.record is None:
            continue
        rows_ok += 1
        identity = hash((built.record["source"], built.record["id"]))
        repeated += identity in seen
        seen.add(identity)
        if len(sample) < SAMPLE_ROWS:
            sample.append(built.record)
    if not rows:
        raise unreadable(errors.NO_ROWS)
    return Preview(rows, rows_ok, faults, sample, repeated)


def count_rows(table: Table) -> int:
    """Return the number of rows. Raises UnreadableFile for a file without any, or that cannot be read to its end."""
    rows = sum(1 for _ in table.rows())
    if not rows:
        raise unreadable(errors.NO_ROWS)
    return rows


def remember_mapping(plan: Plan) -> None:
    """Use a mapping for the next file with the same columns, and for Kobo submissions that have them."""
    stored = plan.mapping.as_json() | {"orders": {}}  # the next file may have dates of another order
    ImportLayout.objects.update_or_create(
        digest=layout_digest(plan.table.header),
        defaults={"mapping": stored, "used_at": timezone.now()},
    )


def _with_named(mapping: ColumnMapping, named: Mapping[str, Any], table: Table) -> ColumnMapping:
    issues: list[FieldIssue] = []
    fields, orders = dict(mapping.fields), dict(mapping.orders)
    claimed: set[str] = set()
    for column, wanted in named.items():
        if column not in fields:
            issues.append(FieldIssue("body.mapping", "The file has no column of this name"))
            continue
        name, order = _wanted(wanted, issues)
        if name is not None:
            fields[column] = name
            claimed.add(name)
        if order is not None:
            orders[column] = order
    # A guess gives way to what somebody has named.
    for column, name in fields.items():
        if column not in named and name in claimed and name not in ("extra", "tags", NOT_IMPORTED):
            fields[column] = "extra"
    issues += _repeated(fields)
    if issues:
        raise InvalidRequest(fields=issues)
    choices = {column: choice for column, choice in mapping.choices.items() if fields[column] in ("extra", "tags")}
    return replace(mapping, fields=fields, orders=orders, choices=choices)


def _wanted(wanted: Any, issues: list[FieldIssue]) -> tuple[str | None, DateOrder | None]:
    name = wanted.get("field") if isinstance(wanted, Mapping) else wanted
    order = wanted.get("date_order") if isinstance(wanted, Mapping) else None
    name = NOT_IMPORTED if name is None and not isinstance(wanted, Mapping) else name
    if name is not None and name not in (*FIELDS, NOT_IMPORTED):
        issues.append(FieldIssue("body.mapping", f"Fields are {', '.join(FIELDS)}"))
        name = None
    if order is not None and order not in list(DateOrder):
        issues.append(FieldIssue("body.mapping", f"date_order is {' or '.join(DateOrder)}"))
        order = None
    return name, DateOrder(order) if order else None


def _repeated(fields: Mapping[str, str]) -> Sequence[FieldIssue]:
    single = [name for name in fields.values() if name not in ("content", "tags", "extra", NOT_IMPORTED)]
    twice = sorted({name for name in single if single.count(name) > 1})
    return [FieldIssue("body.mapping", f"Two columns are mapped to {name}") for name in twice]
