"""Texts of the tests: what people say, and prompts as the operations render them."""

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from feedback.languages import language_rule
from inference.offline.engine import answer_offline
from inference.prompting import RenderedPrompt, number_records, prompt_named
from inference.registry import registered_operations

ROOT = Path(__file__).resolve().parents[2]
DEMO = [json.loads(line) for line in (ROOT / "feedback/demo/records.jsonl").read_text(encoding="utf-8").splitlines()]

PUMP = (
    "The hand pump by the clinic lost its handle on Thursday and since then 300 people use one tap."
    " There are fights every morning. <PERSON_1>, <PHONE_NUMBER_1>. When will it be repaired?"
)

any_text = st.text(max_size=300) | st.sampled_from([record["content"] for record in DEMO])


def demo_texts(language: str = "", *, code: str = "") -> list[str]:
    """The filled demo records of a language and under a code."""
    return [
        record["content"]
        for record in DEMO
        if record["content"].strip()
        and record["language"].startswith(language)
        and (record["code"] or "").startswith(code)
    ]


def escaped(text: str) -> str:
    """A text that cannot end a tag, as redaction leaves it."""
    return text.replace("<", "&lt;").replace(">", "&gt;")


def rendered(name: str, **variables: str) -> RenderedPrompt:
    return prompt_named(name).render(**variables)


def written_answer(name: str, prompt: RenderedPrompt, schema: dict[str, Any]) -> str:
    """Return the engine's answer to a rendered prompt, as an operation that has this prompt declares it."""
    operation = next(each for each in registered_operations() if name in each.offline)
    return answer_offline(operation.offline[name], prompt, schema, metadata=operation.visible_metadata)


def asked(name: str, schema: dict[str, Any], **variables: str) -> dict[str, Any]:
    """Return the engine's answer to a real prompt."""
    answer: dict[str, Any] = json.loads(written_answer(name, rendered(name, **variables), schema))
    return answer


def asked_of_many(name: str, schema: dict[str, Any], records: list[str], **variables: str) -> dict[str, Any]:
    """The engine's answer to a prompt about many records, in the language of most of them unless variables say."""
    language = {"language_rule": language_rule(variables.pop("language", None))}
    return asked(name, schema, tenant_note="", records=number_records(records), **({**language, **variables}))
