"""Build the requests of the load from the feedback records and the coding framework of the demo."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
RECORDS = REPOSITORY / "feedback" / "demo" / "records.jsonl"
FRAMEWORK = REPOSITORY / "coding" / "demo" / "framework.json"


@dataclass(frozen=True)
class Operation:
    """One endpoint under load. expects: a field of the answer that shows that the work was done."""

    name: str
    path: str
    expects: str
    bodies: list[str]


def operations() -> list[Operation]:
    """The measured operations, by the number of model calls that one request takes."""
    records = [_record(json.loads(line)) for line in RECORDS.read_text(encoding="utf-8").splitlines()]
    records = [record for record in records if record["content"].strip()]
    coding_levels = {"root_codes": [_node(code) for code in _framework()["root_codes"]]}
    plain = [{"feedback_record": record} for record in records]
    coded = [body | {"coding_levels": coding_levels, "max_codes": 1} for body in plain]
    return [
        Operation("detect-sensitive", "/v1/detect-sensitive", "sensitivity_types", _as_json(plain)),
        Operation("summarize", "/v1/summarize", "summary", _as_json(plain)),
        Operation("assign-codes", "/v1/assign-codes", "assigned_codes", _as_json(coded)),
    ]


def _framework() -> dict[str, Any]:
    return dict(json.loads(FRAMEWORK.read_text(encoding="utf-8")))


def _record(row: dict[str, Any]) -> dict[str, Any]:
    return {"id": row["id"], "content": row["content"], "metadata": {"created": row["created"]}}


def _node(code: dict[str, Any]) -> dict[str, Any]:
    return {"id": code["id"], "name": code["name"], "children": [_node(child) for child in code["children"]]}


def _as_json(bodies: list[dict[str, Any]]) -> list[str]:
    return [json.dumps(body, ensure_ascii=False) for body in bodies]
