"""What a language model returns, parsed once: every answer an operation asks for inherits Answer."""

import functools
import json
import re
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from inference.errors import UnusableAnswer

CODE_FENCE = re.compile(r"^\s*```[a-zA-Z]*\s*\n(.*?)\n?\s*```\s*$", re.DOTALL)

AnswerT = TypeVar("AnswerT", bound="Answer")


def _refuse_truth(value: Any) -> Any:
    """Pydantic would take true for 1.0."""
    if isinstance(value, bool):
        raise PydanticCustomError("not_a_number", "a number is wanted")
    return value


Share = Annotated[float, Field(ge=0, le=1), BeforeValidator(_refuse_truth)]
"""A number from 0 to 1, as judges give it."""


class Answer(BaseModel):
    """Base of all answers. Its JSON schema is what the model is asked for; what it adds beyond is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a model's text. Raises UnusableAnswer, which carries none of the text."""
        try:
            return cls.read(text)
        except ValidationError as error:
            raise UnusableAnswer(str(error.errors()[0]["type"])) from None

    @classmethod
    def read(cls, text: str) -> Self:
        """Make the answer of a model's text; an answer that may be given more loosely has its own."""
        return cls.model_validate(read_json(text))

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The schema in the strict form providers take: every property required, nothing else allowed."""
        return _strict_schema(cls)


def read_json(text: str) -> Any:
    """Parse JSON, also inside a Markdown code fence. Raises UnusableAnswer."""
    fenced = CODE_FENCE.match(text)
    try:
        return json.loads(fenced.group(1) if fenced else text, strict=False)
    except (ValueError, RecursionError):  # ValueError: also an integer too long to read
        raise UnusableAnswer("not_json") from None


@functools.cache
def _strict_schema(answer: type[Answer]) -> dict[str, Any]:
    schema = answer.model_json_schema()
    strict: dict[str, Any] = _strict(schema, schema.get("$defs", {}))
    return strict


def _strict(node: Any, definitions: dict[str, Any]) -> Any:
    """Close every object, require all it names, write references out; drop titles and defaults, which cost tokens."""
    if isinstance(node, list):
        return [_strict(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _strict(definitions[node["$ref"].rpartition("/")[2]], definitions)
    dropped = {"title", "default", "description", "$defs", "properties"}
    closed = {key: _strict(value, definitions) for key, value in node.items() if key not in dropped}
    if "properties" in node:
        properties = {name: _strict(value, definitions) for name, value in node["properties"].items()}
        closed |= {"properties": properties, "required": list(properties), "additionalProperties": False}
    return closed
