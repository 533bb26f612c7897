"""Offline learning: how redaction is trained and measured."""

from django.apps import AppConfig


class MlopsConfig(AppConfig):
    name = "mlops"
    verbose_name = "Models and data"
