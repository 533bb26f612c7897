"""The WSGI application."""

import os
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from qfa_project.postgres import embedded
from qfa_project.web.chunked import LengthFromChunks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qfa_project.settings")

if settings.USES_EMBEDDED_POSTGRES:
    embedded.start(settings.QFA_HOME)

application: Callable[[dict[str, Any], Any], Iterable[bytes]] = LengthFromChunks(
    get_wsgi_application(), limit=settings.MAX_BODY_BYTES
)
import_module(settings.ROOT_URLCONF)  # every view: a broken one fails the start, not the first request
