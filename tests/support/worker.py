"""A real job worker, and the jobs that there are."""

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

REPOSITORY = Path(__file__).resolve().parents[2]


class Worker:
    """A job worker that ends when there is nothing left to do."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = os.environ | dict(environment)

    def __call__(self) -> str:
        command = [sys.executable, "manage.py", "procrastinate", "worker", "--one-shot"]
        finished = subprocess.run(
            command, cwd=REPOSITORY, env=self.environment, capture_output=True, text=True, check=True
        )
        return finished.stdout + finished.stderr


def enqueue(task: Any) -> None:
    """Have a periodic job done, unless the clock of a worker has put it in the queue just before."""
    with suppress(AlreadyEnqueued):
        task.configure().defer(timestamp=0)


def own_tasks() -> dict[str, Any]:
    """Every task of ours by its name."""
    return {name: task for name, task in app.tasks.items() if not name.startswith(("builtin:", "procrastinate."))}


def periodic_tasks() -> list[Any]:
    return [each.task for each in app.periodic_registry.periodic_tasks.values()]
