"""Is the process up, and are its dependencies."""

import functools
from collections.abc import Callable

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from inference import redaction
from qfa_project import __version__
from qfa_project.exceptions import method_not_allowed
from tenants.scoping import all_tenants

READING = ("GET", "HEAD")
View = Callable[[HttpRequest], JsonResponse]


def get_only(view: View) -> View:
    """Answer GET and HEAD; any other method is 405, not a matter of forms and their tokens."""

    @functools.wraps(view)
    def guarded(request: HttpRequest) -> JsonResponse:
        if request.method not in READING:
            return method_not_allowed(request, READING)
        return view(request)

    return csrf_exempt(guarded)


@get_only
def health(request: HttpRequest) -> JsonResponse:
    """The process answers. Never touches the database."""
    return JsonResponse({"status": "ok", "version": __version__})


@get_only
def ready(request: HttpRequest) -> JsonResponse:
    """Every dependency answers: 200, or 503 with the ones that do not."""
    states = {name: _state(check) for name, check in CHECKS.items()}
    is_ready = all(state == "ok" for state in states.values())
    body = {"status": "ok" if is_ready else "unavailable", "dependencies": states}
    return JsonResponse(body, status=200 if is_ready else 503)


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
