"""List all file formats: a file is read by the ending of its name, and a format is written by its ending."""

from collections.abc import Callable
from dataclasses import dataclass

from coding.errors import ImportIssue, UnreadableFramework
from coding.frameworks.formats.csv_table import read_csv, write_csv
from coding.frameworks.formats.imported import ImportedFramework
from coding.frameworks.formats.json_shapes import read_framework, write_framework
from coding.frameworks.formats.qdc import read_codebook, write_codebook
from coding.frameworks.formats.xlsx_table import read_workbook, write_workbook

MAX_FILE_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True)
class Format:
    """A file format. media_type: of HTTP."""

    media_type: str
    read: Callable[[bytes], ImportedFramework]
    write: Callable[[ImportedFramework], bytes]


def _read_json(content: bytes) -> ImportedFramework:
    try:
        return read_framework(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnreadableFramework([ImportIssue("file", "This is not text in UTF-8")]) from error


FORMATS = {
    "json": Format("application/json", _read_json, lambda framework: write_framework(framework).encode()),
    "csv": Format(
        "text/csv; charset=utf-8",
        read_csv,
        lambda framework: write_csv(framework.tree).encode(),
    ),
    "xlsx": Format(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        read_workbook,
        lambda framework: write_workbook(framework.tree),
    ),
    "qdc": Format("application/xml", read_codebook, write_codebook),
}


def read_file(file_name: str, content: bytes) -> ImportedFramework:
    """Read a framework by the ending of the file name. Raises UnreadableFramework."""
    ending = file_name.rpartition(".")[2].lower()
    if ending not in FORMATS:
        raise UnreadableFramework([ImportIssue("file", f"The name must end in one of: {', '.join(FORMATS)}")])
    if len(content) > MAX_FILE_BYTES:
        raise UnreadableFramework([ImportIssue("file", f"The file is larger than {MAX_FILE_BYTES // 1024 // 1024} MB")])
    return FORMATS[ending].read(content)
