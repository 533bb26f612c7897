"""Read a submission that the REST service of KoboToolbox sends, with the mapping of an export of the same form."""

from collections.abc import Mapping
from typing import Any

from feedback.imports import errors, kobo
from feedback.imports.building import Record, RecordBuilder
from feedback.imports.errors import in_english
from feedback.imports.fields import NOT_IMPORTED, PERSONAL, heading_key
from feedback.imports.mapping import ColumnMapping, guess_mapping
from feedback.imports.models import ImportLayout
from feedback.imports.readers.tables import MAX_COLUMNS, Row, Table
from tenants.rest.errors import FieldIssue, InvalidBody, InvalidRequest

MAX_LAYOUTS = 200
NOT_KOBO = "This is not a submission of KoboToolbox: it has no _uuid"
NOT_MAPPED = (
    "No question is mapped to the content: import an export of the form once, and map its question to the content"
)


def record_of_submission(submission: Mapping[str, Any]) -> Record:
    """Return a record as POST /v1/records takes it. Raises InvalidRequest."""
    answers = kobo.flattened(submission)
    if not answers.get("_uuid"):
        raise InvalidBody("body._uuid", NOT_KOBO)
    if len(answers) > MAX_COLUMNS:
        raise InvalidBody("body", in_english(errors.TOO_MANY_COLUMNS))
    table = _table(answers)
    mapping = _mapping_for(table)
    if not mapping.has_content:
        raise InvalidBody("body", NOT_MAPPED)
    built = RecordBuilder(table, mapping, kobo.SOURCE).build(1, list(answers.values()))
    if built.record is None:
        raise InvalidRequest(fields=[FieldIssue(f"body.{issue.column}", issue.issue) for issue in built.issues])
    return built.record


def _table(answers: Mapping[str, Any]) -> Table:
    row: Row = (1, list(answers.values()))
    return Table("kobo", tuple(answers), lambda: iter([row]))


def _mapping_for(table: Table) -> ColumnMapping:
    """Return the mapping that was used last and maps one of the questions to the content, else a guess by names.

    A question is known by its path, or by its last part where the export has no groups.
    """
    columns = {column: column for column in table.header} | {
        kobo.question_of(column): column for column in reversed(table.header)
    }
    for layout in ImportLayout.objects.order_by("-used_at")[:MAX_LAYOUTS]:
        stored = ColumnMapping.from_json(layout.mapping)
        fields = {columns[name]: field for name, field in stored.fields.items() if name in columns}
        if "content" in fields.values():
            return _completed(fields, table, stored)
    return _by_names(table)


def _completed(fields: dict[str, str], table: Table, stored: ColumnMapping) -> ColumnMapping:
    """Add what every submission has: its id and time. Answers that the mapping does not know are left out."""
    fields = {column: fields.get(column, NOT_IMPORTED) for column in table.header}
    for column, name in kobo.FIELDS.items():
        if column in fields and name not in fields.values():
            fields[column] = name
    return ColumnMapping(fields, stored.orders)


def _by_names(table: Table) -> ColumnMapping:
    """Guess by names alone: the text of one submission does not tell which question asked for the feedback."""
    nameless = Table(table.kind, table.header, lambda: iter(()))
    guessed = guess_mapping(nameless)
    fields = {column: name or _rest(column) for column, name in guessed.fields.items()}
    return ColumnMapping(fields)


def _rest(column: str) -> str:
    is_left_out = kobo.is_system_column(column) or PERSONAL.search(heading_key(column))
    return NOT_IMPORTED if is_left_out else "extra"
