"""Serializer fields and bases with the contract's strictness and the older service's wording of issues."""

import math
import re
from collections.abc import Iterator
from typing import Any, ClassVar

from rest_framework import serializers

from tenants.rest.errors import FieldIssue

PLAIN_NAME = re.compile(r"\A[A-Za-z0-9_.]{1,200}\Z")
REQUIRED: dict[str, Any] = {"required": "Field required"}


class StringField(serializers.CharField):
    """A JSON string as it came: numbers are refused, nothing is trimmed, any character is taken."""

    default_error_messages: ClassVar[dict[str, Any]] = REQUIRED | {
        "invalid": "Input should be a valid string",
        "null": "Input should be a valid string",
        "blank": "String should have at least 1 character",
        "max_length": "String should have at most {max_length} characters",
        "min_length": "String should have at least {min_length} characters",
    }

    def __init__(self, *, takes_null_characters: bool = True, **kwargs: Any) -> None:
        kwargs.setdefault("trim_whitespace", False)
        super().__init__(**kwargs)
        if takes_null_characters:
            self.validators = [v for v in self.validators if type(v).__name__ != "ProhibitNullCharactersValidator"]

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, str) and data and not data.strip():
            self.run_validators(data)  # white space is content: CharField would call it blank
            return data
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(data)


class StoredStringField(StringField):
    """A string for a column: NUL, which PostgreSQL refuses, is an error."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(takes_null_characters=False, **kwargs)


class IntegerField(serializers.IntegerField):
    """A whole number."""

    default_error_messages: ClassVar[dict[str, Any]] = REQUIRED | {
        "invalid": "Input should be a valid integer",
        "null": "Input should be a valid integer",
        "max_value": "Input should be less than or equal to {max_value}",
        "min_value": "Input should be greater than or equal to {min_value}",
    }


class NumberField(serializers.FloatField):
    """A finite number."""

    default_error_messages: ClassVar[dict[str, Any]] = REQUIRED | {
        "invalid": "Input should be a valid number",
        "null": "Input should be a valid number",
        "max_value": "Input should be less than or equal to {max_value}",
        "min_value": "Input should be greater than or equal to {min_value}",
    }

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool):
            self.fail("invalid")
        value = float(super().to_internal_value(data))
        if not math.isfinite(value):
            self.fail("invalid")
        return value


class BooleanField(serializers.BooleanField):
    """True or false."""

    default_error_messages: ClassVar[dict[str, Any]] = REQUIRED | {
        "invalid": "Input should be a valid boolean",
        "null": "Input should be a valid boolean",
    }


class ChoiceField(serializers.ChoiceField):
    """One of a few strings."""

    default_error_messages: ClassVar[dict[str, Any]] = REQUIRED | {"null": "Input should be a valid string"}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.choices:
            wanted = " or ".join(f"'{choice}'" for choice in self.choices)
            raise serializers.ValidationError(f"Input should be {wanted}")
        return data


class ListField(serializers.ListField):
    """A JSON list."""

    default_error_messages: ClassVar[dict[str, Any]] = REQUIRED | {
        "not_a_list": "Input should be a valid list",
        "null": "Input should be a valid list",
        "min_length": "List should have at least {min_length} item after validation, not 0",
        "max_length": "List should have at most {max_length} items after validation",
    }

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        return list(super().to_internal_value(data))


class Body(serializers.Serializer[Any]):
    """An object in a request. Keys it does not know are ignored."""

    default_error_messages: ClassVar[dict[str, Any]] = REQUIRED | {
        "invalid": "Input should be a valid dictionary or object to extract fields from",
        "null": "Input should be a valid dictionary or object to extract fields from",
    }


class ClosedBody(Body):
    """An object whose unknown keys are an error."""

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        unknown = [key for key in data if key not in self.fields]
        if unknown:
            raise serializers.ValidationError({str(key): ["Extra inputs are not permitted"] for key in unknown})
        return value


def _as_segment(key: object) -> str:
    """A key in a field path; `*` for one that is no plain name, and so may be a piece of somebody's feedback."""
    return str(key) if PLAIN_NAME.match(str(key)) else "*"


def issues_of(detail: Any, location: str) -> Iterator[FieldIssue]:
    """Flatten what a serializer found wrong into one issue a field."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            yield from issues_of(inner, location if key == "non_field_errors" else f"{location}.{_as_segment(key)}")
    elif isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        for index, inner in enumerate(detail):
            yield from issues_of(inner, f"{location}.{index}")
    elif isinstance(detail, list):
        yield from (FieldIssue(location, str(item)) for item in detail[:1])
    else:
        yield FieldIssue(location, str(detail))
