"""Configuration of gunicorn: threads, timeouts for long calls, and a log without texts of clients.

Used by `qfa_project.serve` and by the container: `gunicorn --config python:qfa_project.web.gunicorn_conf`.
"""

import gc
import logging
import os
import sys
import traceback
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from qfa_project.web.memory import limit_arenas

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qfa_project.settings")


class Discretion(logging.Filter):
    """Remove texts of clients from gunicorn's log, including the messages of exceptions."""

    def filter(self, record: logging.LogRecord) -> bool:
        kind, _, frames = sys.exc_info()
        if kind and str(record.msg).startswith(("Error handling", "Socket error")):
            where = "".join(traceback.format_tb(frames)) if record.levelno >= logging.ERROR else ""
            record.msg, record.args = "Request not handled: %s\n%s", (kind.__name__, where)
            record.exc_info = record.exc_text = None
        return True


class DiscreetLogger(Logger):
    """Gunicorn's logger with this filter."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.addFilter(Discretion())


def on_starting(_server: Arbiter) -> None:
    """Load the modules that all workers share in the master. The application is imported at this point."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # WhiteNoise warns without it even with finders
    import_string("inference.warmup.load")()
    gc.collect()
    # Loaded modules are never garbage. Collecting them would take time and write to pages that workers share.
    gc.freeze()


def post_fork(_server: Arbiter, _worker: Worker) -> None:
    gc.enable()


def post_worker_init(worker: Worker) -> None:
    """Prepare the worker for its first request, before it accepts connections."""
    import_string("inference.warmup.warm_up")()
    worker.log.info("Worker %s is warm", worker.pid)


gc.disable()
limit_arenas()
# NumPy's matrix library starts a thread per processor when it is loaded, but the matrices here are small.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

preload_app = True
wsgi_app = "qfa_project.wsgi:application"
bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY") or min(4, len(os.sched_getaffinity(0))))
worker_class = "qfa_project.web.web_worker.WebWorker"
# One socket per process: with a shared one, one process got 27 of 32 keep-alive connections.
reuse_port = True
threads = settings.WEB_THREADS
# The main thread sends the heartbeat, also during long calls: this is for a worker that hangs as a whole.
timeout = 60
# Longer than any operation.
graceful_timeout = int(settings.ANALYZE_DEADLINE_SECONDS) + 30
# Most proxies close idle connections after 60 s. The proxy has to close first, or it loses a request.
keepalive = 65
# Our own setting: how long a request may take to arrive.
slow_client_seconds = float(os.environ.get("SLOW_CLIENT_SECONDS") or 15)
logger_class = DiscreetLogger
accesslog = None
errorlog = "-"
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "warning")
control_socket_disable = True
