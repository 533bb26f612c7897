"""A real job worker, and the jobs that there are."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from tests.support.forked import run_command


class Worker:
    """A job worker that ends when there is nothing left to do."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment

    def __call__(self) -> str:
        return run_command("procrastinate", "worker", "--one-shot", environment=self.environment)


def enqueue(task: Any) -> None:
    """Have a periodic job done, unless the clock of a worker has put it in the queue just before."""
    with suppress(AlreadyEnqueued):
        task.configure().defer(timestamp=0)


def own_tasks() -> dict[str, Any]:
    """Every task of ours by its name."""
    return {name: task for name, task in app.tasks.items() if not name.startswith(("builtin:", "procrastinate."))}


def periodic_tasks() -> list[Any]:
    return [each.task for each in app.periodic_registry.periodic_tasks.values()]
