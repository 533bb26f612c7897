"""Validate request bodies with the contract's messages, for endpoints and jobs."""

from typing import Any

from rest_framework.serializers import Serializer

from tenants.rest.errors import FieldIssue, InvalidRequest
from tenants.rest.issues import counted_issues, issues_of


def read_body(serializer_class: type[Serializer[Any]], data: Any, *, partial: bool = False) -> dict[str, Any]:
    """Return a body as its serializer reads it. Raises InvalidRequest, which names the fields that are wrong.

    partial: any of the fields, but at least one; a change of nothing but misspelt fields is refused.
    """
    serializer = serializer_class(data=data, partial=partial)
    if not serializer.is_valid():
        counted = counted_issues(serializer.errors)
        raise InvalidRequest(
            fields=list(issues_of(serializer.errors, "body")),
            more_issues=counted.number,
            has_counted_all=counted.is_complete,
        )
    if partial and not serializer.validated_data:
        issue = f"One of these fields is needed: {', '.join(serializer.fields)}"
        raise InvalidRequest(fields=[FieldIssue("body", issue)])
    return dict(serializer.validated_data)
