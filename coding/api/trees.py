"""Define serializer fields for framework trees in a request, with the contract's field paths."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from coding.errors import UnreadableFramework
from coding.frameworks.formats.json_shapes import EXPORTED, V1, V2, Shape, read_tree
from coding.frameworks.tree import CodeNode

NODE: dict[str, Any] = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "children": {
            "type": "array",
            "items": {"type": "object", "additionalProperties": True},
            "default": [],
            "description": "Codes of the same form, to any depth.",
        },
    },
}
CODE_V1 = {
    "type": "object",
    "required": ["code_id", "name"],
    "properties": {"code_id": {"type": "string"}, "name": {"type": "string"}},
}


def _branch_v1(children: str, child: dict[str, Any]) -> dict[str, Any]:
    listed = {"type": "array", "items": child, "default": []}
    return {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, children: listed}}


class TreeField(serializers.Field[Any, Any, Any, Any]):
    """A tree in one of the contract's shapes, as a tuple of CodeNode."""

    shape: Shape
    default_error_messages = {
        "required": "Field required",
        "null": "Input should be a valid dictionary or object to extract fields from",
        "not_an_object": "Input should be a valid dictionary or object to extract fields from",
    }

    def to_internal_value(self, data: Any) -> tuple[CodeNode, ...]:
        if not isinstance(data, dict):
            self.fail("not_an_object")
        try:
            return read_tree(data, self.shape)
        except UnreadableFramework as error:
            raise serializers.ValidationError({issue.where: [issue.issue] for issue in error.issues}) from error

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field(
    {
        "type": "object",
        "required": ["root_codes"],
        "properties": {"root_codes": {"type": "array", "minItems": 1, "items": NODE}},
    }
)
class CodingLevelsField(TreeField):
    """v2: `{"root_codes": [...]}`."""

    shape = V2


@extend_schema_field(
    {
        "type": "object",
        "required": ["types"],
        "properties": {
            "types": {
                "type": "array",
                "minItems": 1,
                "items": _branch_v1("categories", _branch_v1("codes", CODE_V1)),
            }
        },
    }
)
class CodingFrameworkField(TreeField):
    """v1: types, categories, codes."""

    shape = V1


@extend_schema_field({"type": "array", "minItems": 1, "items": NODE | {"additionalProperties": True}})
class RootCodesField(TreeField):
    """The codes of a framework to store: v2's nodes, with definition, examples and all other fields."""

    default_error_messages = {
        "null": "Input should be a valid list",
        "not_an_object": "Input should be a valid list",
    }

    def to_internal_value(self, data: Any) -> tuple[CodeNode, ...]:
        if not isinstance(data, list):
            self.fail("not_an_object")
        try:
            return read_tree({"root_codes": data}, EXPORTED, takes_details=True)
        except UnreadableFramework as error:
            issues = {issue.where.removeprefix("root_codes").removeprefix("."): [issue.issue] for issue in error.issues}
            raise serializers.ValidationError(
                {key or "non_field_errors": value for key, value in issues.items()}
            ) from error
