"""Request bodies and trees for coding tests."""

from typing import Any


def node(name: str, *children: dict[str, Any]) -> dict[str, Any]:
    """A code of contract v2; its id is its name in lower case."""
    return {"id": name.lower(), "name": name, "children": list(children)}


TREE = {
    "root_codes": [
        node("Water", node("Supply", node("Queue"), node("Broken pump")), node("Quality", node("Taste"))),
        node("Health", node("Clinic", node("Opening hours"))),
    ]
}


def v2_body(content: str = "The queue at the pump is long.", **changes: Any) -> dict[str, Any]:
    return {"feedback_record": {"id": "r1", "content": content}, "coding_levels": TREE, **changes}


V1_FRAMEWORK = {
    "types": [
        {
            "name": "Question",
            "categories": [
                {
                    "name": "Other questions",
                    "codes": [
                        {"code_id": "covid-19:question:other", "name": "Other"},
                        {"code_id": "covid-19:question:dates", "name": "Dates"},
                    ],
                },
                {"name": "Empty category", "codes": []},
            ],
        },
        {"name": "Praise", "categories": [{"name": "Thanks", "codes": [{"code_id": "praise", "name": "Thank you"}]}]},
    ]
}


def v1_body(*contents: str, **changes: Any) -> dict[str, Any]:
    records = [{"id": f"r{number}", "content": text} for number, text in enumerate(contents or ("When?",), start=1)]
    return {"coding_framework": V1_FRAMEWORK, "feedback_records": records, **changes}


def by_id(framework_id: object, **changes: Any) -> dict[str, Any]:
    body = v2_body(framework_id=str(framework_id), **changes)
    del body["coding_levels"]
    return body
