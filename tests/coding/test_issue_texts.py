"""Issues and notes of imported files are in the reader's language on pages, and in English everywhere else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override

from coding.admin.issue_texts import TEMPLATES, translated, translated_issue
from coding.errors import ImportIssue

LANGUAGES = ["fr", "es", "ar"]
SAYING = {"ImportIssue", "_BadCell", "_refused", "_note", "ValueError"}
SOURCES = [
    *Path(settings.BASE_DIR, "coding", "frameworks", "formats").glob("*.py"),
    *(Path(settings.BASE_DIR, "coding", "frameworks", name) for name in ("services.py", "validation.py")),
]


def said_in(source: Path) -> Iterator[str]:
    """Yield the texts that a module passes to an issue, with 7 for every parameter."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Call) and _name_of(node.func) in SAYING:
            yield from filter(None, map(_text_of, node.args))
        elif (
            isinstance(node, ast.Yield) and node.value is not None and source.name in {"validation.py", "xlsx_table.py"}
        ):
            yield from filter(None, [_text_of(node.value)])


def _name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _text_of(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "7" for part in node.values)  # type: ignore[misc]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


SAID = sorted(
    {text for source in SOURCES for text in said_in(source) if " " in text and text[0] in "7ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
)


def test_issues_are_collected() -> None:
    assert len(SAID) > 40


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", SAID)
def test_every_issue_is_translated(text: str, language: str) -> None:
    with override(language):
        assert translated(text) != text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_translation_has_the_parameters_of_its_text(template: str, language: str) -> None:
    named = {
        name: f"<{name}>" for name in ("number", "name", "names", "text", "cell", "reason") if f"%({name})s" in template
    }
    filled = template % named if named else template
    with override(language):
        text = translated(filled)
    assert text != filled
    assert all(value in text for value in named.values())


def test_an_issue_keeps_the_names_of_the_file() -> None:
    issue = ImportIssue("row 7", "Column 4 has no heading in row 1, and holds 'Eau, 100 %'")
    with override("fr"):
        shown = translated_issue(issue)
    assert shown == ImportIssue("ligne 7", "La colonne 4 n’a pas de titre à la ligne 1, et contient 'Eau, 100 %'")


def test_other_texts_and_english_stay_as_they_are() -> None:
    with override("fr"):
        assert translated("root_codes.0.name") == "root_codes.0.name"
    with override("en"):
        assert [translated(text) for text in SAID] == SAID
