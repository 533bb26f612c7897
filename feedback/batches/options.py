"""Validate the options of a batch as the endpoint of its operation does."""

from dataclasses import replace
from typing import Any

from inference.registry import Body, UseCase
from tenants.rest.errors import FieldIssue, InvalidRequest

OPTIONS = "body.options"


def read_options(use_case: UseCase[Any], options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a request. Raises InvalidRequest with fields below body.options, and what check raises."""
    known = set(use_case.takes().fields) - {use_case.records_key}
    unknown = [name for name in options if name not in known]
    if unknown:
        issues = [FieldIssue(f"{OPTIONS}.{_segment(name)}", "Extra inputs are not permitted") for name in unknown]
        raise InvalidRequest(fields=issues)
    try:
        use_case.check(body_of_options(use_case, options))
    except InvalidRequest as invalid:
        invalid.fields = [replace(issue, field=_moved(issue.field)) for issue in invalid.fields or ()]
        raise
    return options


def body_of_options(use_case: UseCase[Any], options: dict[str, Any]) -> Body:
    """Return the validated body of the options, with an empty record. Raises InvalidRequest."""
    record = {"id": "", "content": ""}
    return use_case.read({**options, use_case.records_key: [record] if use_case.takes_many else record})


def _moved(field: str) -> str:
    return OPTIONS + field.removeprefix("body")


def _segment(name: str) -> str:
    return name if name.isidentifier() and len(name) <= 100 else "*"
