"""The fields of a code are declared once; storage, files, comparisons and hashes follow the declaration."""

import uuid
from dataclasses import fields, replace
from typing import Any

import pytest

from coding.api.framework_serializers import AddCodeSerializer
from coding.frameworks.code_fields import CodeField, Kind
from coding.frameworks.formats.imported import ImportedFramework
from coding.frameworks.formats.registry import FORMATS, read_file
from coding.frameworks.hashes import FIRST_FIELDS, content_hash, shape_hash
from coding.frameworks.stored_trees import as_node, as_row
from coding.frameworks.tree import CODE_FIELDS, EDITABLE_FIELDS, CodeNode
from coding.models import Code, FrameworkVersion
from coding.publishing.diff import compare

EXAMPLES: dict[Kind, Any] = {
    Kind.LINE: "A line",
    Kind.TEXT: "Two\nlines",
    Kind.COLOUR: "#1a2b3c",
    Kind.TEXTS: ("one", "two"),
    Kind.TEXTS_BY_LANGUAGE: {"fr": "Eau"},
    Kind.OBJECT: {"n": [1, {"deep": None}]},
    Kind.FLAG: True,
    Kind.UUID: uuid.UUID(int=5),
    Kind.UUIDS: (uuid.UUID(int=6), uuid.UUID(int=7)),
}
STABLE_ID = uuid.UUID(int=1)
EVERYTHING = CodeNode(**{field.name: EXAMPLES[field.kind] for field in CODE_FIELDS})

by_field = pytest.mark.parametrize("field", CODE_FIELDS, ids=lambda field: field.name)


def only(field: CodeField) -> CodeNode:
    """A code that has nothing but a name, a stable id and one field."""
    return replace(CodeNode("Name", stable_id=STABLE_ID), **{field.name: EXAMPLES[field.kind]})


def test_every_attribute_of_a_node_is_declared() -> None:
    undeclared = {each.name for each in fields(CodeNode)} - {field.name for field in CODE_FIELDS}
    assert undeclared == {"children", "row_id"}


@by_field
def test_a_field_has_a_column_of_the_same_length(field: CodeField) -> None:
    column = Code._meta.get_field(field.column)
    assert getattr(column, "max_length", None) == field.max_length or field.kind is not Kind.LINE


@by_field
def test_a_field_comes_back_from_the_database_row(field: CodeField) -> None:
    row = as_row(only(field), FrameworkVersion(), None)
    assert getattr(as_node(row), field.name) == EXAMPLES[field.kind]


@by_field
@pytest.mark.parametrize("ending", FORMATS)
def test_a_field_comes_back_from_every_format(ending: str, field: CodeField) -> None:
    [node] = read_file(f"x.{ending}", FORMATS[ending].write(ImportedFramework("F", (only(field),)))).tree
    assert getattr(node, field.name) == EXAMPLES[field.kind]


@pytest.mark.parametrize("field", EDITABLE_FIELDS, ids=lambda field: field.name)
def test_a_change_of_a_field_is_told(field: CodeField) -> None:
    changes = compare([CodeNode("Name", stable_id=STABLE_ID)], [only(field)])
    assert [change.detail for change in changes] == ["" if field.name == "name" else field.label]


@pytest.mark.parametrize("field", EDITABLE_FIELDS, ids=lambda field: field.name)
def test_a_field_is_taken_by_the_endpoint(field: CodeField) -> None:
    body = {"name": "Name", field.key: field.json_value(only(field))}
    serializer = AddCodeSerializer(data=body)
    assert serializer.is_valid(), serializer.errors
    assert serializer.validated_data[field.key] == body[field.key]


@by_field
def test_a_field_changes_the_content_hash(field: CodeField) -> None:
    is_same = content_hash([only(field)]) == content_hash([CodeNode("Name")])
    assert is_same == (field.name == "stable_id")


def test_hashes_that_versions_have_stored_stay_as_they_are() -> None:
    """Computed before fields were declared in one list: published versions store these."""
    content = "397909f2fe8af54ae2b2c95bf12a696c2d521caedfde8de180fd688dcd56e5ed"
    shape = "7ed29cc9d2293f044b1bc878bb16a3eafac756df97bf006ead4e8bbbefe703f7"
    first = {name: getattr(EVERYTHING, name) for name in FIRST_FIELDS}
    tree = [CodeNode(**first, children=(CodeNode("Below", labels={"fr": "x", "ar": "y"}),))]
    assert (content_hash(tree), shape_hash(tree)) == (content, shape)
