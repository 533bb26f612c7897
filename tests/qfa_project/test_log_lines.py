"""A defect always leaves a log line, and no log line has a text."""

import logging
import os
import subprocess
import sys

import pytest
from django.test import Client

from tenants.models import Tenant
from tests.support.factories import new_key
from tests.support.web_server import REPOSITORY

SECRET = "the cook sells our oil"


@pytest.mark.parametrize(
    ("path", "broken"),
    [
        ("/v1/usage", "rest_framework.renderers.JSONRenderer.render"),
        ("/admin/login/", "django.template.base.Template.render"),
    ],
)
def test_a_defect_outside_an_endpoint_leaves_a_line_without_its_message(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, path: str, broken: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise UnicodeEncodeError("utf-8", SECRET, 0, 1, SECRET)

    client = Client(headers={"Authorization": f"Bearer {new_key(tenant)}"}, raise_request_exception=False)
    monkeypatch.setattr(broken, fail)
    with caplog.at_level(logging.DEBUG):
        assert client.get(path).status_code == 500
    assert "UnicodeEncodeError at" in caplog.text
    assert SECRET not in caplog.text


def test_a_librarys_warning_is_logged_by_kind_and_place() -> None:
    script = f"import django, warnings; django.setup(); warnings.warn({SECRET!r})"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "qfa_project.settings"}
    ran = subprocess.run(
        [sys.executable, "-W", "always", "-c", script],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env=environment,
        check=True,
    )
    assert "UserWarning at <string>:1" in ran.stderr
    assert SECRET not in ran.stderr
