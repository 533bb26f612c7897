"""Imports what every server imports, for servers that are forked from a process that has it.

Nothing here may read Django's settings, which come from the environment of the server, or leave a thread, which would
be missing after the fork.
"""

import gc
import os
import sys
import threading

gc.disable()
os.environ.pop("DJANGO_SETTINGS_MODULE", None)
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # as the gateway sets it before it imports LiteLLM

import cryptography.fernet  # noqa: E402, F401
import django.core.handlers.wsgi  # noqa: E402
import django.core.mail  # noqa: E402
import django.core.management  # noqa: E402
import django.db.backends.postgresql.base  # noqa: E402
import django.db.models  # noqa: E402
import django.forms  # noqa: E402
import django.template.defaultfilters  # noqa: E402
import django.template.loader  # noqa: E402
import django.views.generic  # noqa: E402, F401
import gunicorn.app.wsgiapp  # noqa: E402
import gunicorn.glogging  # noqa: E402
import gunicorn.workers.gthread  # noqa: E402, F401
import httpx  # noqa: E402, F401
import litellm.llms.custom_llm  # noqa: E402, F401
import openpyxl  # noqa: E402, F401
import opentelemetry.sdk.trace.export  # noqa: E402, F401
import procrastinate  # noqa: E402, F401
import psycopg_pool  # noqa: E402, F401
import whitenoise.middleware  # noqa: E402, F401
from django.conf import settings  # noqa: E402

from inference import redaction  # noqa: E402
from tests.support.guard.sitecustomize import refuse_live_calls  # noqa: E402

redaction.warm_up()  # without settings it reads the data that are shipped
assert not settings.configured
assert threading.active_count() == 1, threading.enumerate()
sys.addaudithook(refuse_live_calls)
gc.freeze()
