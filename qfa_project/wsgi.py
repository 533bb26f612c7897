"""The WSGI application."""

import os
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

from qfa_project.postgres import embedded
from qfa_project.web.large_bodies import LargeBodies
from qfa_project.web.request_bodies import RequestBodies
from tenants.rest.body_limits import max_body_bytes
from tenants.rest.in_flight import operations_in_flight

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qfa_project.settings")

if settings.USES_EMBEDDED_POSTGRES:
    embedded.start(settings.QFA_HOME)

_django = get_wsgi_application()
import_module(settings.ROOT_URLCONF)  # every view: a broken one fails the start, not the first request
_bounded = RequestBodies(
    _django,
    limit_of=max_body_bytes,
    large_bodies=LargeBodies(settings.LARGE_BODIES_MEGABYTES * 1024 * 1024),
)
# It knows the error table, and so models: it can be imported now, and not before Django is set up.
application: Callable[[dict[str, Any], Any], Iterable[bytes]] = import_string("qfa_project.web.shedding.Shedding")(
    _bounded, in_flight=operations_in_flight
)
