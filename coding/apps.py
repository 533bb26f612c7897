"""Coding frameworks, codes and what was coded with them."""

from django.apps import AppConfig

from coding.erasure import erase_content
from tenants.registry import register_content_eraser, register_operation_names


class CodingConfig(AppConfig):
    name = "coding"
    verbose_name = "Coding"

    def ready(self) -> None:
        """Register metrics, how content is erased, and the scope of keys beside the operations.

        Imported here because models exist only now.
        """
        from coding import metrics  # noqa: F401

        register_content_eraser(erase_content)
        register_operation_names(lambda: ["frameworks"])
