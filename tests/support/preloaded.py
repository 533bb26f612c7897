"""Imports what every server imports, for servers that are forked from a process that has it.

Nothing here may read Django's settings, which come from the environment of the server, or leave a thread, which would
be missing after the fork.
"""

import gc
import importlib
import os
import sys
import threading

from django.conf import settings

from inference import redaction
from tests.support.guard.sitecustomize import refuse_live_calls

MODULES = (
    "cryptography.fernet",
    "django.core.handlers.wsgi",
    "django.core.mail",
    "django.core.management",
    "django.db.backends.postgresql.base",
    "django.forms",
    "django.template.defaultfilters",
    "django.template.loader",
    "django.views.generic",
    "gunicorn.app.wsgiapp",
    "gunicorn.glogging",
    "gunicorn.workers.gthread",
    "httpx",
    "litellm.llms.custom_llm",
    "openpyxl",
    "opentelemetry.sdk.trace.export",
    "procrastinate",
    "psycopg_pool",
    "whitenoise.middleware",
)

gc.disable()  # it all stays
os.environ.pop("DJANGO_SETTINGS_MODULE", None)
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # as the gateway sets it before it imports LiteLLM
for module in MODULES:
    importlib.import_module(module)
redaction.warm_up()  # without settings it reads the data that are shipped
assert not settings.configured
assert threading.active_count() == 1, threading.enumerate()
sys.addaudithook(refuse_live_calls)
gc.freeze()
