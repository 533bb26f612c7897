"""Answers that fit a JSON schema: what a well-behaved model would say, and the same every time.

The schema alone decides, so a changed prompt changes no answer. Text is named after its property ("A
summary."), numbers are 0.9 where the schema allows it, choices take the first value, picks the first option.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Schema: TypeAlias = Mapping[str, Any]

USUAL_SCORE = 0.9
PLAIN_TEXT = "Plain answer of the scripted provider."


def fitting_answer(schema: Schema, *, records_count: int = 1) -> Json:
    """Build the answer to a request with this response schema.

    records_count: how many objects a list of objects gets; some operations send several records in one call.
    """
    return _Builder(root=schema, records_count=records_count).value(schema, name="answer")


class _Builder:
    def __init__(self, *, root: Schema, records_count: int) -> None:
        self._root = root
        self._records_count = records_count

    def value(self, schema: Schema, *, name: str) -> Json:
        schema = self._resolved(schema)
        if "const" in schema:
            return schema["const"]  # type: ignore[no-any-return]
        if "enum" in schema:
            return schema["enum"][0]  # type: ignore[no-any-return]
        match schema.get("type"):
            case "object":
                return {key: self.value(part, name=key) for key, part in schema.get("properties", {}).items()}
            case "array":
                return self._list(schema, name=name)
            case "number":
                return _within(schema, USUAL_SCORE)
            case "integer":
                return int(_within(schema, 0))
            case "boolean":
                return False
            case "null":
                return None
        return _text(schema, name=name)

    def _resolved(self, schema: Schema) -> Schema:
        """Follow references; of alternatives take the first that is not null."""
        while True:
            if "$ref" in schema:
                schema = self._referenced(schema["$ref"])
            elif alternatives := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
                schema = next((one for one in alternatives if one.get("type") != "null"), alternatives[0])
            else:
                return schema

    def _referenced(self, reference: str) -> Schema:
        found: Any = self._root
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        return found  # type: ignore[no-any-return]

    def _list(self, schema: Schema, *, name: str) -> list[Json]:
        items = self._resolved(schema.get("items", {}))
        wanted = self._records_count if items.get("type") == "object" else 1
        count = min(max(wanted, schema.get("minItems", 0)), schema.get("maxItems", wanted))
        built = [self.value(items, name=name) for _ in range(count)]
        for position, item in enumerate(built):
            _number(item, items, position=position)
        return built


def _number(item: Json, schema: Schema, *, position: int) -> None:
    """Number the objects of a list as prompts number records: from 1, or from the schema's minimum."""
    if not isinstance(item, dict):
        return
    for key, part in schema.get("properties", {}).items():
        if part.get("type") == "integer":
            item[key] = part.get("minimum", 1) + position
            return


def _within(schema: Schema, usual: float) -> float:
    return float(min(max(usual, schema.get("minimum", usual)), schema.get("maximum", usual)))


def _text(schema: Schema, *, name: str) -> str:
    text = f"A {name.replace('_', ' ')}."
    text = text.ljust(schema.get("minLength", 0), ".")
    return text[: schema.get("maxLength", len(text))]


def is_free_text(value: object) -> bool:
    """Whether this value of a fitting answer is text without further meaning, not a choice or a number."""
    return isinstance(value, str) and value.startswith("A ") and value.endswith(".")
