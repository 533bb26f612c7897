"""Texts in spreadsheets: never calculated, and unchanged when they come back."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from tenants.sheets.cells import CONTROLS, FORMULA_SIGNS, guarded, starts_as_formula, text_cell, unguarded
from tests.support.spreadsheet_attacks import ATTACKS, HIDES

TRICKY_TEXT = st.text(st.sampled_from(["=", "+", "-", "@", "＝", "'", " ", "\t", "\r", "\n", "\u200b", "a", "1"]))
ANY_TEXT = st.text() | TRICKY_TEXT


@given(ANY_TEXT)
def test_a_guarded_text_comes_back_as_it_was(text: str) -> None:
    assert unguarded(guarded(text)) == text


@given(ANY_TEXT)
def test_no_guarded_text_starts_as_a_formula(text: str) -> None:
    assert not starts_as_formula(guarded(text))


@given(st.sampled_from(HIDES), st.sampled_from(FORMULA_SIGNS), st.text())
def test_white_space_and_controls_hide_no_formula(hide: str, sign: str, rest: str) -> None:
    assert guarded(f"{hide}{sign}{rest}").startswith("'")


@given(st.sampled_from(CONTROLS), st.text())
def test_a_text_that_begins_with_a_tab_or_a_line_break_is_guarded(control: str, rest: str) -> None:
    assert guarded(f"{control}{rest}") == f"'{control}{rest}"


@pytest.mark.parametrize("text", ["", "Water", "Eau potable", "5 - 6", "a=b", "'quoted'", "ماء", "1. Water", "it's"])
def test_an_ordinary_text_is_not_changed(text: str) -> None:
    assert guarded(text) == unguarded(text) == text


def test_a_cell_of_a_workbook_holds_an_attack_as_text() -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet")
    for attack in ATTACKS:
        sheet.append([text_cell(sheet, attack)])
    content = io.BytesIO()
    book.save(content)
    read = load_workbook(content).active
    assert read is not None
    cells = [cell for (cell,) in read.iter_rows()]
    assert len(cells) == len(ATTACKS)
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(starts_as_formula(str(cell.value)) for cell in cells)
