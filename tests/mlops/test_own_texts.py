"""Anybody can measure redaction on texts of their own."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command


def lines_of(*rows: object) -> str:
    return "\n".join(json.dumps(row) for row in rows)


TEXTS = lines_of(
    {"language": "en", "text": "call 0711893004", "spans": [{"start": 5, "end": 15, "kind": "PHONE"}]},
    {"language": "en", "text": "call 0711893005", "spans": [{"start": 5, "end": 15, "kind": "PHONE"}]},
    {"language": "fr", "text": "tel 0711893004", "spans": [{"start": 4, "end": 14, "kind": "PHONE"}]},
    {"language": "fr", "text": "le puits sec 12", "spans": [{"start": 13, "end": 15, "kind": "PHONE"}]},
)


def measure(path: Path, *options: str) -> str:
    out = StringIO()
    call_command("redaction_report", "--texts", str(path), *options, stdout=out)
    return out.getvalue()


def test_recall_is_printed_by_language_and_over_all_alike(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text(TEXTS, "utf-8")
    report = measure(path)
    assert report.index("Default policy") < report.index("Everything asked for")
    assert "| en | 1.00 (n 2) | 0.00 %" in report
    assert "| fr | 0.50 (n 2) | 0.00 %" in report
    assert "| all values alike (micro) | 0.750" in report
    assert "| all languages alike (macro) | 0.750 | 0.00 % |" in report


def test_errors_are_printed_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text(TEXTS, "utf-8")
    assert "missed fr PHONE: '12'" in measure(path, "--errors")
    assert "missed" not in measure(path)


@pytest.mark.parametrize(
    "line",
    [
        "not JSON: Amina",
        '{"text": "Amina"}',
        '{"language": "en", "text": "Amina", "spans": [{"start": 3, "end": 9, "kind": "PERSON"}]}',
        '["Amina"]',
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_not_quoted(tmp_path: Path, line: str) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text(f"{TEXTS}\n{line}\n", "utf-8")
    with pytest.raises(CommandError, match="line 5") as caught:
        measure(path)
    assert "Amina" not in str(caught.value)


def test_a_file_without_texts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text("\n", "utf-8")
    with pytest.raises(CommandError, match="no text"):
        measure(path)
