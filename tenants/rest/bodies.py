"""Validate request bodies with the contract's messages, for endpoints and jobs."""

import functools
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.serializers import Serializer

from tenants.rest.errors import FieldIssue, InvalidRequest
from tenants.rest.issues import counted_issues, issues_of


def read_body(serializer_class: type[Serializer[Any]], data: Any, *, partial: bool = False) -> dict[str, Any]:
    """Return a body as its serializer reads it. Raises InvalidRequest, which names the fields that are wrong.

    partial: any of the fields, but at least one; a change of nothing but misspelt fields is refused.
    """
    serializer = _reader(serializer_class, partial)
    try:
        validated = serializer.run_validation(data)
    except ValidationError as error:
        counted = counted_issues(error.detail)
        raise InvalidRequest(
            fields=list(issues_of(error.detail, "body")),
            more_issues=counted.number,
            has_counted_all=counted.is_complete,
        ) from None
    if partial and not validated:
        issue = f"One of these fields is needed: {', '.join(serializer.fields)}"
        raise InvalidRequest(fields=[FieldIssue("body", issue)])
    return dict(validated)


@functools.cache
def _reader(serializer_class: type[Serializer[Any]], partial: bool) -> Serializer[Any]:
    """Return the serializer that reads all bodies of its kind, because its fields take longer to build than to use.

    It is given no data, so validation leaves nothing behind in it.
    """
    return serializer_class(partial=partial)
