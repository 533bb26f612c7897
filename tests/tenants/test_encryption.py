"""Stored texts are encrypted with a key of their tenant."""

import base64
import io
import os
import sys
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from qfa_project.checks import check_master_key
from tenants.encryption import tenant_box
from tenants.encryption.master_key import master_key
from tenants.encryption.tenant_box import TenantBox
from tenants.errors import KeyDestroyed, WrongKey
from tenants.identifiers import uuid7
from tenants.models import DataKey, Tenant
from tenants.scoping import all_tenants, tenant_scope
from tenants.services import close_tenant

TEXT = "الماء لا يصل إلينا".encode()
BOX = TenantBox(uuid7(), uuid7(), AESGCM(bytes(range(32))))


@given(st.binary(), st.text())
def test_a_text_comes_back_and_is_never_stored_twice_in_the_same_form(data: bytes, context: str) -> None:
    first, second = BOX.encrypt(data, context), BOX.encrypt(data, context)
    assert first != second
    assert BOX.decrypt(first, context) == BOX.decrypt(second, context) == data


@given(st.binary(min_size=1), st.data())
def test_a_changed_byte_is_noticed(data: bytes, draw: st.DataObject) -> None:
    encrypted = bytearray(BOX.encrypt(data, "here"))
    encrypted[draw.draw(st.integers(0, len(encrypted) - 1))] ^= 1
    with pytest.raises((WrongKey, KeyDestroyed)):
        BOX.decrypt(bytes(encrypted), "here")


@pytest.mark.parametrize("length", [0, 1, 16, 17, 28, 40])
def test_a_text_that_was_cut_off_is_noticed(length: int) -> None:
    with pytest.raises((WrongKey, KeyDestroyed)):
        BOX.decrypt(BOX.encrypt(TEXT, "here")[:length], "here")


def test_a_text_cannot_be_read_in_another_row(tenant: Tenant) -> None:
    encrypted = tenant_box.encrypt(tenant.id, TEXT, "record:1")
    assert TEXT not in encrypted
    assert tenant_box.decrypt(tenant.id, encrypted, "record:1") == TEXT
    with pytest.raises(WrongKey):
        tenant_box.decrypt(tenant.id, encrypted, "record:2")


def test_a_text_cannot_be_read_by_another_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    encrypted = tenant_box.encrypt(tenant.id, TEXT, "record:1")
    tenant_box.encrypt(other_tenant.id, TEXT, "record:1")
    with pytest.raises(KeyDestroyed):
        tenant_box.decrypt(other_tenant.id, encrypted, "record:1")


def test_a_destroyed_key_makes_texts_unreadable(tenant: Tenant) -> None:
    encrypted = tenant_box.encrypt(tenant.id, TEXT, "record:1")
    tenant_box.destroy_key(tenant.id)
    with pytest.raises(KeyDestroyed):
        tenant_box.decrypt(tenant.id, encrypted, "record:1")
    tenant_box.encrypt(tenant.id, TEXT, "record:1")  # makes another key
    with pytest.raises(KeyDestroyed):
        tenant_box.decrypt(tenant.id, encrypted, "record:1")


def test_closing_a_tenant_destroys_its_key(tenant: Tenant) -> None:
    tenant_box.encrypt(tenant.id, TEXT, "record:1")
    close_tenant(tenant=tenant, actor_id="command:test")
    with tenant_scope(tenant.id):
        assert not DataKey.objects.exists()


def test_the_data_key_is_stored_wrapped_by_the_master_key(tenant: Tenant, settings: Settings) -> None:
    settings.STORAGE_MASTER_KEY = base64.b64encode(os.urandom(32)).decode()
    encrypted = tenant_box.encrypt(tenant.id, TEXT, "record:1")
    assert tenant_box.decrypt(tenant.id, encrypted, "record:1") == TEXT
    settings.STORAGE_MASTER_KEY = base64.b64encode(os.urandom(32)).decode()
    with pytest.raises(WrongKey):
        tenant_box.decrypt(tenant.id, encrypted, "record:1")


def test_the_master_key_comes_from_a_command(settings: Settings) -> None:
    key = os.urandom(32)
    printed = base64.b64encode(key).decode()
    settings.STORAGE_MASTER_KEY_COMMAND = f"{sys.executable} -c 'print(\"{printed}\")'"
    assert master_key() == key
    assert check_master_key(None) == []


@pytest.mark.parametrize("value", ["short", base64.b64encode(bytes(31)).decode(), "ä" * 44])
def test_a_master_key_of_another_form_is_an_error_at_start(value: str, settings: Settings) -> None:
    settings.STORAGE_MASTER_KEY = value
    with pytest.raises(ImproperlyConfigured):
        master_key()
    assert [problem.id for problem in check_master_key(None)] == ["tenants.E004"]


def test_a_command_that_fails_is_an_error_without_its_words(settings: Settings) -> None:
    settings.STORAGE_MASTER_KEY_COMMAND = f"{sys.executable} -c 'raise SystemExit(\"secret\")'"
    problems = check_master_key(None)
    assert [problem.id for problem in problems] == ["tenants.E004"]
    assert "secret" not in problems[0].msg


def test_a_master_key_made_of_the_secret_key_is_a_warning_with_a_server(settings: Settings) -> None:
    settings.USES_EMBEDDED_POSTGRES = False
    assert [problem.id for problem in check_master_key(None)] == ["tenants.W002"]
    settings.STORAGE_MASTER_KEY = base64.b64encode(os.urandom(32)).decode()
    assert check_master_key(None) == []


@pytest.fixture
def no_keys(database: None) -> Iterator[None]:
    """Begin and end without data keys: a rotation wraps those of all tenants."""
    with all_tenants():
        DataKey.objects.all().delete()
    yield
    with all_tenants():
        DataKey.objects.all().delete()


def _new_master_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def test_a_rotated_master_key_opens_the_same_texts_and_the_old_one_none(
    no_keys: None, tenant: Tenant, settings: Settings
) -> None:
    first, second = _new_master_key(), _new_master_key()
    settings.STORAGE_MASTER_KEY = first
    encrypted = tenant_box.encrypt(tenant.id, TEXT, "record:1")
    settings.STORAGE_MASTER_KEY, settings.STORAGE_MASTER_KEY_PREVIOUS = second, first
    assert tenant_box.decrypt(tenant.id, encrypted, "record:1") == TEXT
    assert tenant_box.rewrap_keys() == 1
    assert tenant_box.rewrap_keys() == 0
    settings.STORAGE_MASTER_KEY_PREVIOUS = ""
    assert tenant_box.decrypt(tenant.id, encrypted, "record:1") == TEXT
    settings.STORAGE_MASTER_KEY = first
    with pytest.raises(WrongKey):
        tenant_box.decrypt(tenant.id, encrypted, "record:1")


def test_the_command_rotates_keys_that_were_wrapped_by_the_derived_master_key(
    no_keys: None, tenant: Tenant, settings: Settings
) -> None:
    settings.STORAGE_MASTER_KEY = ""
    encrypted = tenant_box.encrypt(tenant.id, TEXT, "record:1")
    settings.STORAGE_MASTER_KEY = _new_master_key()
    said = io.StringIO()
    call_command("rotate_master_key", stdout=said)
    assert said.getvalue().startswith("1 data keys")
    assert tenant_box.decrypt(tenant.id, encrypted, "record:1") == TEXT


def test_a_rotation_without_the_old_master_key_changes_nothing(
    no_keys: None, tenant: Tenant, settings: Settings
) -> None:
    settings.STORAGE_MASTER_KEY = first = _new_master_key()
    encrypted = tenant_box.encrypt(tenant.id, TEXT, "record:1")
    settings.STORAGE_MASTER_KEY = _new_master_key()
    with pytest.raises(CommandError):
        call_command("rotate_master_key")
    settings.STORAGE_MASTER_KEY = first
    assert tenant_box.decrypt(tenant.id, encrypted, "record:1") == TEXT
