"""Coding frameworks, codes and what was coded with them."""

from django.apps import AppConfig


class CodingConfig(AppConfig):
    name = "coding"
    verbose_name = "Coding"
