"""API keys: their form, what is kept of them, and when they open the door."""

import hashlib
import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tenants import access, keys, services
from tenants.errors import Conflict, NotAuthenticated, SuperusersNotAllowed
from tenants.models import ApiKey, Tenant
from tenants.scoping import all_tenants, tenant_scope
from tests.support.factories import ACTOR, new_key, new_tenant, unique_name
from tests.support.web_server import WebServer

RECORD = {"feedback_record": {"id": "1", "content": ""}}
ClientFor = Callable[..., httpx.Client]


def stored(text: str) -> ApiKey:
    with all_tenants():
        found: ApiKey = ApiKey.objects.select_related("tenant").get(prefix=text[:12])
    return found


def status_of(client: httpx.Client) -> int:
    return client.post("/v1/summarize", json=RECORD).status_code


# Form


def test_a_key_has_the_form_that_is_documented() -> None:
    new = keys.generate_key()
    assert len(new.text) == 51
    assert new.text.startswith("qfa_")
    assert new.text[12] == "_"
    assert new.prefix == new.text[:12] == keys.prefix_of(new.text)


@given(position=st.integers(4, 50), character=st.sampled_from(keys.ALPHABET))
def test_the_checksum_finds_any_one_wrong_character(position: int, character: str) -> None:
    text = keys.generate_key().text
    changed = text[:position] + character + text[position + 1 :]
    if changed != text:
        assert keys.prefix_of(changed) is None


@given(st.text(max_size=60))
def test_no_text_makes_the_reading_of_keys_fail(text: str) -> None:
    assert keys.prefix_of(text) is None
    assert not keys.matches(text, b"")


def test_only_a_hash_is_kept(key: str) -> None:
    found = stored(key)
    assert bytes(found.secret_hash or b"") == hashlib.sha256(key.encode()).digest()
    kept = json.dumps({field.name: str(getattr(found, field.attname)) for field in ApiKey._meta.concrete_fields})
    assert key[13:] not in kept


def test_a_key_with_the_right_id_and_a_wrong_secret_is_refused(key: str) -> None:
    forged_body = f"{key[:12]}_{keys.generate_key().text[13:45]}"
    forged = forged_body + keys._checksum(forged_body)
    assert keys.prefix_of(forged) == stored(key).prefix
    with pytest.raises(NotAuthenticated):
        access.find_caller(forged, "127.0.0.1")


def test_a_key_finds_its_tenant(key: str, tenant: Tenant, other_key: str) -> None:
    assert access.find_caller(key, "127.0.0.1").tenant == tenant
    assert access.find_caller(other_key, "127.0.0.1").tenant != tenant


# Limits


def test_an_expired_key_is_refused(tenant: Tenant) -> None:
    key = new_key(tenant, expires_at=timezone.now() + timedelta(milliseconds=200))
    assert access.find_caller(key, "127.0.0.1").tenant == tenant
    time.sleep(0.25)
    with pytest.raises(NotAuthenticated):
        access.find_caller(key, "127.0.0.1")


@pytest.mark.parametrize(
    ("network", "address", "is_allowed"),
    [
        ("192.0.2.0/24", "192.0.2.7", True),
        ("192.0.2.0/24", "192.0.3.7", False),
        ("2001:db8::/32", "2001:db8::1", True),
        ("2001:db8::/32", "192.0.2.7", False),
        ("192.0.2.0/24", "not an address", False),
        ("192.0.2.0/24", "", False),
    ],
)
def test_a_key_works_from_its_networks_only(tenant: Tenant, network: str, address: str, is_allowed: bool) -> None:
    key = new_key(tenant, allowed_networks=[network])
    if is_allowed:
        assert access.find_caller(key, address).tenant == tenant
    else:
        with pytest.raises(NotAuthenticated):
            access.find_caller(key, address)


def test_the_last_use_is_noted_at_most_once_a_minute(key: str) -> None:
    access.find_caller(key, "127.0.0.1")
    first = stored(key).last_used_at
    access.find_caller(key, "127.0.0.1")
    assert first is not None
    assert stored(key).last_used_at == first
    with all_tenants():
        ApiKey.objects.filter(prefix=key[:12]).update(last_used_at=first - timedelta(minutes=2))
    access.find_caller(key, "127.0.0.1")
    assert (stored(key).last_used_at or first) >= first


def test_superuser_keys_need_the_tenants_consent(database: None) -> None:
    with pytest.raises(SuperusersNotAllowed):
        new_key(new_tenant(allows_superusers=False), is_superuser=True)


def test_two_keys_of_a_tenant_have_two_names(tenant: Tenant, other_tenant: Tenant) -> None:
    services.create_api_key(tenant=tenant, name="CRM", actor_id=ACTOR)
    services.create_api_key(tenant=other_tenant, name="CRM", actor_id=ACTOR)
    with pytest.raises(Conflict):
        services.create_api_key(tenant=tenant, name="CRM", actor_id=ACTOR)


# Over the wire


def test_a_key_of_another_network_is_refused_over_http(
    tenant: Tenant, server: WebServer, client_for: ClientFor
) -> None:
    assert status_of(client_for(server, new_key(tenant, allowed_networks=["127.0.0.0/8"]))) == 200
    assert status_of(client_for(server, new_key(tenant, allowed_networks=["192.0.2.0/24"]))) == 401


def test_a_revoked_key_stops_within_a_second(key: str, server: WebServer, client_for: ClientFor) -> None:
    client = client_for(server, key)
    assert status_of(client) == 200
    services.delete_api_key(key=stored(key), actor_id=ACTOR)
    began = time.monotonic()
    assert status_of(client) == 401
    assert time.monotonic() - began < 1


def test_both_keys_work_during_the_overlap_of_a_rotation(
    tenant: Tenant, server: WebServer, client_for: ClientFor
) -> None:
    old = new_key(tenant, scopes=["summarize"], requests_per_minute=100)
    issued = services.rotate_api_key(key=stored(old), actor_id=ACTOR, overlap=timedelta(seconds=2))
    ends = time.monotonic() + 2
    assert status_of(client_for(server, old)) == status_of(client_for(server, issued.text)) == 200
    assert (issued.key.scopes, issued.key.requests_per_minute) == (["summarize"], 100)
    time.sleep(max(0.0, ends - time.monotonic()) + 0.1)
    assert status_of(client_for(server, old)) == 401
    assert status_of(client_for(server, issued.text)) == 200


def test_a_rotation_without_overlap_stops_the_old_key_at_once(tenant: Tenant) -> None:
    old = new_key(tenant)
    issued = services.rotate_api_key(key=stored(old), actor_id=ACTOR, overlap=timedelta(0))
    with pytest.raises(NotAuthenticated):
        access.find_caller(old, "127.0.0.1")
    assert access.find_caller(issued.text, "127.0.0.1").tenant == tenant


def test_a_key_can_be_rotated_again_and_again_without_living_longer(tenant: Tenant) -> None:
    expires_at = timezone.now() + timedelta(hours=1)
    key = stored(new_key(tenant, expires_at=expires_at))
    for _ in range(3):
        key = services.rotate_api_key(key=key, actor_id=ACTOR, overlap=timedelta(days=7)).key
    with tenant_scope(tenant.id):
        assert [found.expires_at for found in ApiKey.objects.all()] == [expires_at] * 4


# Keys of the older service


def legacy_row(tenant: Tenant, text: str, **more: Any) -> dict[str, Any]:
    hashed = hashlib.scrypt(text.encode(), salt=b"", n=16384, r=8, p=1, dklen=64).hex()
    return {"tenant": tenant.slug, "name": unique_name("legacy"), "hash": hashed} | more


def write(path: Path, rows: object) -> str:
    path.write_text(json.dumps(rows))
    return str(path)


def test_a_key_of_the_older_service_works_and_is_hashed_anew(
    tenant: Tenant, tmp_path: Path, server: WebServer, client_for: ClientFor
) -> None:
    text = unique_name("old-secret")
    row = legacy_row(tenant, text)
    call_command("import_keys", write(tmp_path / "keys.json", [row]))
    client = client_for(server, text)
    assert status_of(client) == 200
    with tenant_scope(tenant.id):
        adopted = ApiKey.objects.get(name=row["name"])
    assert adopted.legacy_hash is None
    assert bytes(adopted.secret_hash or b"") == hashlib.sha256(text.encode()).digest()
    assert status_of(client) == 200
    assert status_of(client_for(server, text + "x")) == 401


@pytest.mark.parametrize("wrong", [{"hash": "00"}, {"tenant": "nobody"}, {"name": 1}, {"is_superuser": True}])
def test_all_keys_are_imported_or_none(wrong: dict[str, Any], tmp_path: Path, database: None) -> None:
    tenant = new_tenant(allows_superusers=False)
    rows = [legacy_row(tenant, "one"), legacy_row(tenant, "two") | wrong]
    with pytest.raises(CommandError, match="Row 2"):
        call_command("import_keys", write(tmp_path / "keys.json", rows))
    with tenant_scope(tenant.id):
        assert not ApiKey.objects.exists()


@pytest.mark.parametrize("content", ['{"tenant": "x"}', "not JSON", "[1]", '"text"'])
def test_a_file_of_another_form_is_refused_with_a_sentence(content: str, tmp_path: Path, database: None) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(CommandError):
        call_command("import_keys", str(path))


def test_the_same_key_twice_in_a_file_is_refused(tenant: Tenant, tmp_path: Path) -> None:
    row = legacy_row(tenant, unique_name("twice"))
    with pytest.raises(CommandError, match="Row 2"):
        call_command("import_keys", write(tmp_path / "keys.json", [row, row | {"name": unique_name("again")}]))
