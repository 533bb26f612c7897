"""Write stored records as CSV, XLSX or JSON lines, as a stream, so that an import reads the same records from it.

What a reader may not see is in no export. Texts that a spreadsheet would calculate are guarded.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Func, Max, Q, QuerySet, TextField
from django.db.models.functions import Length

from feedback.imports.fields import EXPORTED_TAGS, EXTRA_PREFIX, METADATA_FIELDS
from feedback.imports.readers.tables import MAX_HEADING_LENGTH
from feedback.imports.values import read_tags
from feedback.models import FeedbackRecord
from feedback.stored_answers import Reader, stored_answers
from feedback.storing.record_input import FLAGS, MOMENTS, WORDS
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tenants.sheets.cells import guarded
from tenants.sheets.streamed_workbook import MEDIA_TYPE, stream_workbook

BATCH_ROWS = 1_000
MAX_EXTRA_COLUMNS = 200
CONTENT_PIECE = 16_000
"""Characters of a text in one cell of a workbook, which takes 32,767 units of UTF-16."""
COLUMNS = ("id", "source", "content", "language", *MOMENTS, *WORDS, *FLAGS, "tags", *METADATA_FIELDS)
ABOUT_STORED = ("record_id", "is_redacted")
MARK = "\ufeff"
"""Spreadsheets need it to see UTF-8."""
Answer = Mapping[str, Any]
RawTexts = Callable[[Sequence[FeedbackRecord]], Mapping[Any, Mapping[str, Any]]]


@dataclass(frozen=True)
class ExportFormat:
    """write: takes the layout and the records."""

    media_type: str
    write: "Callable[[_Layout, Iterable[Answer]], Iterator[bytes]]"


@dataclass(frozen=True)
class _Layout:
    """The columns of a sheet. extra_keys: with a column each; None: all are in one column as JSON."""

    extra_keys: Sequence[str] | None
    content_columns: int
    has_tags: bool

    @property
    def header(self) -> list[str]:
        continued = [f"content ({number})" for number in range(2, self.content_columns + 1)]
        extra = ["extra"] if self.extra_keys is None else [f"{EXTRA_PREFIX}{key}" for key in self.extra_keys]
        return [*COLUMNS, *continued, *extra, *ABOUT_STORED]

    @property
    def tags(self) -> list[str]:
        return [
            EXPORTED_TAGS.get(column, "#description+continued" if "content (" in column else "")
            for column in self.header
        ]

    def rows(self, answers: Iterable[Answer], piece: int | None) -> Iterator[list[str]]:
        yield self.header
        if self.has_tags:
            yield self.tags
        for answer in answers:
            yield self._cells(answer, piece)

    def _cells(self, answer: Answer, piece: int | None) -> list[str]:
        values = {**answer, **answer["metadata"], "tags": _written_tags(answer["tags"])}
        content: str = answer["content"]
        pieces = [content] if piece is None else [content[at : at + piece] for at in range(0, len(content), piece)]
        values["content"] = pieces[0] if pieces else ""
        more = [*pieces[1:], *[""] * (self.content_columns - max(len(pieces), 1))]
        extra: Mapping[str, str] = answer["extra"]
        if self.extra_keys is None:
            others = [json.dumps(extra, ensure_ascii=False) if extra else ""]
        else:
            others = [extra.get(key, "") for key in self.extra_keys]
        return [
            *(_text(values.get(name)) for name in COLUMNS),
            *more,
            *others,
            *(_text(values[name]) for name in ABOUT_STORED),
        ]


def stream_export(
    records: QuerySet[FeedbackRecord],
    *,
    tenant: Tenant,
    reader: Reader,
    ending: str,
    has_tags: bool = False,
    raw_texts: RawTexts | None = None,
) -> Iterator[bytes]:
    """Yield a file of records, newest first. ending: one of FORMATS. has_tags: a row of HXL tags below the heading.

    raw_texts: returns the raw columns of rows by record id, for readers that may see them.
    """
    with tenant_scope(tenant.id):
        layout = _layout_of(records, ending, has_tags)
    yield from FORMATS[ending].write(layout, _answers(records, tenant, reader, raw_texts))


def _answers(
    records: QuerySet[FeedbackRecord], tenant: Tenant, reader: Reader, raw_texts: RawTexts | None
) -> Iterator[Answer]:
    """Read records in batches. Between two of them no connection is held, however slowly somebody downloads."""
    beyond = Q()
    while True:
        with tenant_scope(tenant.id):
            ordered = records.filter(beyond).defer("search").order_by("-occurred_at", "-pk")
            rows = list(ordered[:BATCH_ROWS])
            raw = raw_texts(rows) if raw_texts else {}
            answers = stored_answers(rows, reader, raw=raw)
        if not connection.in_atomic_block:
            connection.close()
        yield from answers
        if len(rows) < BATCH_ROWS:
            return
        last = rows[-1]
        beyond = Q(occurred_at__lt=last.occurred_at) | Q(occurred_at=last.occurred_at, pk__lt=last.pk)
        beyond &= Q(occurred_at__lte=last.occurred_at)  # the plain bound is the one that an index uses


def _layout_of(records: QuerySet[FeedbackRecord], ending: str, has_tags: bool) -> _Layout:
    if ending == "jsonl":
        return _Layout((), 1, has_tags=False)
    longest = records.aggregate(length=Max(Length("content")))["length"] or 0
    pieces = max(-(-longest // CONTENT_PIECE), 1) if ending == "xlsx" else 1
    return _Layout(_extra_keys(records), pieces, has_tags)


def _extra_keys(records: QuerySet[FeedbackRecord]) -> list[str] | None:
    """Return all keys of `extra`, or None if they are too many, or cannot be headings."""
    each = Func("extra", function="jsonb_object_keys", output_field=TextField())
    keys = records.order_by().annotate(key=each).values_list("key", flat=True).distinct()
    names = sorted(keys[: MAX_EXTRA_COLUMNS + 1])
    headings = [f"{EXTRA_PREFIX}{name}" for name in names]
    fits = all(heading == " ".join(heading.split()) and len(heading) <= MAX_HEADING_LENGTH for heading in headings)
    return names if fits and len(names) <= MAX_EXTRA_COLUMNS else None


def _written_tags(tags: list[str]) -> str:
    written = "; ".join(tags)
    return written if read_tags(written) == tags else json.dumps(tags, ensure_ascii=False)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _csv(layout: _Layout, answers: Iterable[Answer]) -> Iterator[bytes]:
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    written.write(MARK)
    for count, cells in enumerate(layout.rows(answers, None)):
        writer.writerow([guarded(cell) for cell in cells])
        if count % 100 == 0:
            yield _taken(written)
    yield _taken(written)


def _taken(written: io.StringIO) -> bytes:
    taken = written.getvalue().encode()
    written.seek(0)
    written.truncate()
    return taken


def _xlsx(layout: _Layout, answers: Iterable[Answer]) -> Iterator[bytes]:
    return stream_workbook("Feedback", layout.rows(answers, CONTENT_PIECE))


def _json_lines(layout: _Layout, answers: Iterable[Answer]) -> Iterator[bytes]:
    for answer in answers:
        yield (json.dumps(answer, ensure_ascii=False) + "\n").encode()


FORMATS: Mapping[str, ExportFormat] = {
    "csv": ExportFormat("text/csv; charset=utf-8", _csv),
    "xlsx": ExportFormat(MEDIA_TYPE, _xlsx),
    "jsonl": ExportFormat("application/jsonl; charset=utf-8", _json_lines),
}
