"""Coding frameworks, codes and what was coded with them."""

from django.apps import AppConfig

from coding.erasure import erase_content
from tenants.registry import register_content_eraser, register_operation_names


class CodingConfig(AppConfig):
    name = "coding"
    verbose_name = "Coding"

    def ready(self) -> None:
        """Bring what the room below asks for: how content is erased, and the scope of keys beside the operations."""
        register_content_eraser(erase_content)
        register_operation_names(lambda: ["frameworks"])
