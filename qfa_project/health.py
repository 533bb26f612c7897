"""Health endpoints: liveness of the process, readiness of its dependencies."""

from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inference import redaction
from qfa_project import __version__
from tenants.scoping import all_tenants

READINESS = inline_serializer(
    "Readiness",
    {"status": serializers.CharField(), "dependencies": serializers.DictField(child=serializers.CharField())},
)


class HealthView(APIView):
    """Liveness of the process."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    http_method_names = ["get", "head"]

    @extend_schema(
        operation_id="health",
        responses=inline_serializer("Health", {"status": serializers.CharField(), "version": serializers.CharField()}),
    )
    def get(self, request: Request) -> Response:
        """Answer without any dependency, the database included."""
        return Response({"status": "ok", "version": __version__})


class ReadinessView(APIView):
    """Readiness of every dependency: 200, or 503 when one is not available."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    http_method_names = ["get", "head"]

    @extend_schema(operation_id="readiness", responses={200: READINESS, 503: READINESS})
    def get(self, request: Request) -> Response:
        states = {name: _state(check) for name, check in CHECKS.items()}
        is_ready = all(state == "ok" for state in states.values())
        body: dict[str, Any] = {"status": "ok" if is_ready else "unavailable", "dependencies": states}
        return Response(body, status=200 if is_ready else 503)


def _state(check: Callable[[], str]) -> str:
    try:
        with all_tenants():
            return check()
    except DatabaseError as error:
        return type(error).__name__


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} not applied" if waiting else "ok"


def _redaction() -> str:
    try:
        redaction.warm_up()
    except redaction.RedactionError as error:
        return type(error).__name__
    return "ok"


def _queue() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where status = 'doing'")
    return "ok"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "redaction": _redaction,
    "queue": _queue,
}
