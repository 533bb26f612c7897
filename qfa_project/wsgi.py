"""The WSGI application."""

import os
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from qfa_project.postgres import embedded
from qfa_project.web.large_bodies import LargeBodies
from qfa_project.web.request_bodies import RequestBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qfa_project.settings")

if settings.USES_EMBEDDED_POSTGRES:
    embedded.start(settings.QFA_HOME)

application: Callable[[dict[str, Any], Any], Iterable[bytes]] = RequestBodies(
    get_wsgi_application(),
    limit=settings.MAX_BODY_BYTES,
    large_bodies=LargeBodies(settings.LARGE_BODIES_MEGABYTES * 1024 * 1024),
)
import_module(settings.ROOT_URLCONF)  # every view: a broken one fails the start, not the first request
