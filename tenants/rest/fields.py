"""Serializer fields and bases, as strict as the contract, with the older service's error messages."""

import math
from typing import Any, ClassVar

from rest_framework import serializers

from tenants.rest.errors import MAX_ISSUES
from tenants.rest.issues import CountedIssues, validate_items

REQUIRED: dict[str, Any] = {"required": "Field required"}


class StringField(serializers.CharField):
    """A JSON string, unchanged: numbers are refused, white space stays, and every character is accepted."""

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
            self.run_validators(data)  # white space is content, which CharField would call blank
            return data
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(data)


class StoredStringField(StringField):
    """A string for a database column. NUL is an error, because PostgreSQL refuses it."""

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
    """A JSON list. Its length is looked at before its items."""

    default_error_messages: ClassVar[dict[str, Any]] = REQUIRED | {
        "not_a_list": "Input should be a valid list",
        "null": "Input should be a valid list",
        "min_length": "List should have at least {min_length} item after validation, not 0",
        "max_length": "List should have at most {max_length} items after validation",
    }

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        self.run_validators(data)
        return [value for _, value in validate_items(self.child, enumerate(data))]


class MappingField(serializers.DictField):
    """A JSON object with any keys."""

    default_error_messages: ClassVar[dict[str, Any]] = REQUIRED | {"not_a_dict": "Input should be a valid dictionary"}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("not_a_dict", input_type=type(data).__name__)
        return dict(validate_items(self.child, data.items()))


class Body(serializers.Serializer[Any]):
    """An object in a request. Unknown keys are ignored."""

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
            listed: dict[str, Any] = {str(key): ["Extra inputs are not permitted"] for key in unknown[:MAX_ISSUES]}
            raise serializers.ValidationError(listed | CountedIssues(len(unknown) - len(listed)).as_detail())
        return value
