"""Results of batches as CSV: one row per record, with the fields of the answer."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from rest_framework.utils.encoders import JSONEncoder

from feedback.batches.answers.results import result_rows
from feedback.batches.models import Batch
from inference.registry import use_case_named
from tenants.sheets.cells import guarded

OWN_COLUMNS = ("index", "id", "status")
ERROR_COLUMNS = ("error_code", "error_message")


def csv_lines(batch: Batch) -> Iterator[str]:
    """Yield the lines of a CSV file. Lists and objects in an answer are written as JSON."""
    fields = [name for name in _answer_fields(batch.operation) if name not in OWN_COLUMNS]
    yield _line([*OWN_COLUMNS, *fields, *ERROR_COLUMNS])
    for row in result_rows(batch):
        result = row["result"] if isinstance(row["result"], dict) else {}
        error = row["error"] or {}
        cells = [row["index"], row["id"], row["status"], *(result.get(name) for name in fields)]
        yield _line([*cells, error.get("code"), error.get("message")])


def _answer_fields(operation: str) -> list[str]:
    use_case = use_case_named(operation)
    return list(use_case.gives().fields) if use_case else []


def _line(cells: list[Any]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([_cell(cell) for cell in cells])
    return line.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, cls=JSONEncoder)
    return guarded(value) if isinstance(value, str) else value
