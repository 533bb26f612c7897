"""What upper rooms tell this one at start: how to erase a tenant's content when the tenant is closed."""

import uuid
from collections.abc import Callable, Sequence

ContentEraser = Callable[[uuid.UUID], None]

_content_erasers: list[ContentEraser] = []


def register_content_eraser(eraser: ContentEraser) -> None:
    """Have `eraser(tenant_id)` called, inside the tenant's scope and transaction, when a tenant is closed."""
    _content_erasers.append(eraser)


def content_erasers() -> Sequence[ContentEraser]:
    return tuple(_content_erasers)
