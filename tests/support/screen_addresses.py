"""Every address of an admin screen."""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.urls import URLPattern
from django.urls.converters import get_converters


def addresses(screen: Any, row: models.Model) -> Iterator[tuple[str, bool]]:
    """Every address of a screen, and whether it is about one row."""
    label = f"{screen.opts.app_label}/{screen.opts.model_name}"
    for pattern in screen.get_urls():
        assert isinstance(pattern, URLPattern), "a screen includes other addresses: walk them too"
        route = str(pattern.pattern)
        is_about_row = "object_id" in route
        for name, converter in pattern.pattern.converters.items():
            kind = next(word for word, known in get_converters().items() if isinstance(converter, type(known)))
            value = str(row.pk) if "id" in name else _any_value(kind)
            route = route.replace(f"<{kind}:{name}>", value)
        assert "<" not in route, route
        yield f"/admin/{label}/{route}", is_about_row


def _any_value(kind: str) -> str:
    return "1" if kind == "int" else "approved"
