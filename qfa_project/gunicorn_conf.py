"""How gunicorn serves the platform: threads, long calls, and a log that quotes nobody.

Used by `qfa_project.serve` and by the container: `gunicorn --config python:qfa_project.gunicorn_conf`.
"""

import os
import sys
import traceback
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qfa_project.settings")


class DiscreetLogger(Logger):
    """Gunicorn's log without what came from a client.

    A refused request line or header can hold anything, feedback included; so can an exception's message.
    """

    def warning(self, msg: str, *args: object, **kwargs: object) -> None:
        if msg.startswith("Invalid request from"):
            msg, args = "Invalid request: %s", (_current_error(),)
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: str, *args: object, **kwargs: object) -> None:
        frames = "".join(traceback.format_tb(sys.exc_info()[2]))
        self.error("%s: %s\n%s", msg.partition(" %")[0], _current_error(), frames)


def _current_error() -> str:
    kind = sys.exc_info()[0]
    return kind.__name__ if kind else "unknown error"


def on_starting(_server: Arbiter) -> None:
    """Make the directory of collected static files: WhiteNoise warns without it, also where finders serve them."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


def post_worker_init(worker: Worker) -> None:
    """Load what the first request would otherwise wait for; the worker accepts connections after this."""
    import_string("inference.warmup.warm_up")()
    worker.log.info("Worker %s is warm", worker.pid)


wsgi_app = "qfa_project.wsgi:application"
bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY") or min(4, len(os.sched_getaffinity(0))))
worker_class = "gthread"
threads = settings.WEB_THREADS
# The main thread gives the heartbeat, whatever calls take: this is for a worker that hangs as a whole.
timeout = 60
# A stop waits for the longest operation.
graceful_timeout = int(settings.ANALYZE_DEADLINE_SECONDS) + 30
# Most proxies drop an idle connection after 60 s: the proxy closes first, and loses no request.
keepalive = 65
logger_class = DiscreetLogger
accesslog = None
errorlog = "-"
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "warning")
control_socket_disable = True
