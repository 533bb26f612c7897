"""Read JSON lines, an object in each, as our own exports and other programs write them."""

import json
from collections.abc import Iterator, Mapping
from typing import IO, Any

from feedback.imports import errors
from feedback.imports.errors import unreadable
from feedback.imports.fields import METADATA_FIELDS
from feedback.imports.readers.tables import MAX_COLUMNS, MAX_HEADING_LENGTH, MAX_ROWS, Row, Table
from tenants.storable import storable

MAX_LINE_BYTES = 2_000_000


def json_lines_table(file: IO[bytes]) -> Table:
    """Read all lines once to find their keys. Raises UnreadableFile."""
    header: dict[str, int] = {}
    count = 0
    for count, (number, line) in enumerate(_objects(file), start=1):
        for key in line:
            header.setdefault(key, len(header))
        if len(header) > MAX_COLUMNS or any(len(key) > MAX_HEADING_LENGTH for key in line):
            raise unreadable(errors.TOO_MANY_COLUMNS, row=number)
        if count > MAX_ROWS:
            raise unreadable(errors.TOO_MANY_ROWS, row=number)
    if not count:
        raise unreadable(errors.EMPTY)
    return Table("jsonl", tuple(header), lambda: _rows(file, header))


def _rows(file: IO[bytes], header: Mapping[str, int]) -> Iterator[Row]:
    for number, line in _objects(file):
        cells: list[Any] = [""] * len(header)
        for key, value in line.items():
            cells[header[key]] = value
        yield number, cells


def _objects(file: IO[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the number of each line that is not empty, and its object; the keys of `metadata` as keys of their own."""
    file.seek(0)
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise unreadable(errors.CELL_TOO_LARGE, row=number)
        if not line.strip():
            continue
        try:
            parsed = json.loads(line.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise unreadable(errors.NOT_JSON, row=number) from error
        if not isinstance(parsed, dict):
            raise unreadable(errors.NOT_JSON, row=number)
        yield number, {storable(key): value for key, value in _with_metadata(parsed).items()}


def _with_metadata(line: dict[str, Any]) -> dict[str, Any]:
    metadata = line.get("metadata")
    if not isinstance(metadata, dict) or not metadata.keys() <= {*METADATA_FIELDS, "feedback_record_id"}:
        return line
    rest = {key: value for key, value in line.items() if key != "metadata"}
    return rest | {key: value for key, value in metadata.items() if key in METADATA_FIELDS}
