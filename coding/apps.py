"""Coding frameworks, codes and what was coded with them."""

from django.apps import AppConfig

from coding.erasure import erase_content
from tenants.registry import register_content_eraser


class CodingConfig(AppConfig):
    name = "coding"
    verbose_name = "Coding"

    def ready(self) -> None:
        register_content_eraser(erase_content)
