"""Build the parameters of a chat completion, for direct calls and for LiteLLM."""

import json
from typing import Any

from inference.gateway.calls import ModelRequest
from inference.gateway.dialects import AnswerFormat, Dialect

IN_PROMPT = "Answer with one JSON object that fits this JSON schema, and with nothing else:\n"


def chat_parameters(request: ModelRequest, dialect: Dialect) -> dict[str, Any]:
    """Return messages, answer format, output limit and temperature in the dialect of the model's server."""
    parameters = {
        "messages": [
            {"role": "system", "content": _system(request, dialect)},
            {"role": "user", "content": request.prompt.user},
        ],
        "response_format": _response_format(request, dialect),
        dialect.token_limit: request.max_output_tokens,
        "temperature": 0 if dialect.has_temperature else None,
    }
    return {name: value for name, value in parameters.items() if value is not None}


def _system(request: ModelRequest, dialect: Dialect) -> str:
    if dialect.answer_format is AnswerFormat.JSON_SCHEMA:
        return request.prompt.system
    schema = json.dumps(request.answer_schema, ensure_ascii=False)
    return f"{request.prompt.system}\n\n{IN_PROMPT}{schema}".lstrip()


def _response_format(request: ModelRequest, dialect: Dialect) -> dict[str, Any] | None:
    match dialect.answer_format:
        case AnswerFormat.JSON_SCHEMA:
            schema = {"name": request.answer_name, "strict": True, "schema": request.answer_schema}
            return {"type": "json_schema", "json_schema": schema}
        case AnswerFormat.JSON_OBJECT:
            return {"type": "json_object"}
        case AnswerFormat.TEXT:
            return None
