"""Requests that OpenAI and Azure document as refused, and features that a server can be told to lack.

Sources: "Structured outputs" in OpenAI's and in Azure OpenAI's documentation. Where the two differ, the stricter one.
"""

from collections.abc import Iterator, Mapping, Set
from typing import Any

from tests.support.provider.replies import Reply, refused

UNSUPPORTED_KEYWORDS = frozenset(
    {
        *("minLength", "maxLength", "pattern", "format"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("patternProperties", "unevaluatedProperties", "propertyNames", "minProperties", "maxProperties"),
        *("unevaluatedItems", "contains", "minContains", "maxContains", "minItems", "maxItems", "uniqueItems"),
        *("allOf", "oneOf", "not", "dependentRequired", "dependentSchemas", "if", "then", "else", "default"),
    }
)
MAX_PROPERTIES = 100
MAX_DEPTH = 5
MAX_ENUM_VALUES = 500


def documented_refusal(body: Mapping[str, Any], lacks: Set[str]) -> Reply | None:
    """Return the error that a request gets whatever is scripted.

    lacks: names of parameters and answer formats that the server does not take: `max_tokens`, `json_schema`, ...
    """
    for name in ("max_tokens", "max_completion_tokens", "temperature"):
        if name in lacks and name in body:
            told = f"Unsupported parameter: '{name}' is not supported with this model."
            return refused(400, "unsupported_parameter", told, param=name)
    response_format = body.get("response_format") or {}
    kind = response_format.get("type")
    if kind in lacks:
        told = f"Invalid parameter: 'response_format' of type '{kind}' is not supported with this model."
        return refused(400, "unsupported_value", told, param="response_format")
    if kind == "json_object" and "json" not in str(body.get("messages")).lower():
        told = "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
        return refused(400, "invalid_request", told, param="messages")
    asked = response_format.get("json_schema", {})
    problem = next(problems_of(asked.get("schema", {})), None) if asked.get("strict") else None
    if problem:
        told = f"Invalid schema for response_format '{asked.get('name')}': {problem}"
        return refused(400, "invalid_json_schema", told, param="response_format")
    return None


def problems_of(schema: Mapping[str, Any]) -> Iterator[str]:
    """Say what is wrong with a strict schema."""
    if schema.get("type") != "object" or "anyOf" in schema:
        yield "the root must be an object"
    if sum(len(node.get("properties", {})) for node, _ in _nodes(schema)) > MAX_PROPERTIES:
        yield f"more than {MAX_PROPERTIES} properties"
    for node, depth in _nodes(schema):
        if unsupported := UNSUPPORTED_KEYWORDS & node.keys():
            yield f"'{min(unsupported)}' is not permitted"
        if node.get("type") == "object" and node.get("additionalProperties") is not False:
            yield "'additionalProperties' is required to be supplied and to be false"
        if set(node.get("required", ())) != set(node.get("properties", {})):
            yield "'required' is required to be supplied and to be an array including every key in properties"
        if len(node.get("enum", ())) > MAX_ENUM_VALUES:
            yield f"more than {MAX_ENUM_VALUES} values of an enum"
        if depth > MAX_DEPTH:
            yield f"more than {MAX_DEPTH} levels of nesting"


def _nodes(schema: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[Mapping[str, Any], int]]:
    """The schema and all within it, with the number of objects around each."""
    yield schema, depth
    children = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values(), *schema.get("anyOf", ())]
    if isinstance(schema.get("items"), Mapping):
        children.append(schema["items"])
    for child in children:
        yield from _nodes(child, depth + (schema.get("type") == "object"))
