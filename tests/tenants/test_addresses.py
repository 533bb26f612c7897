"""Addresses of webhooks: which are accepted, and how they are stored."""

import ipaddress
import socket
import threading
import time

import pytest
from django.urls import reverse
from pytest_django.fixtures import Settings

from tenants.models import Role, Tenant
from tenants.outgoing import addresses
from tenants.outgoing.addresses import Address, ChosenBy, may_be_called
from tenants.outgoing.errors import AddressRefused
from tenants.scoping import tenant_scope
from tests.support.people import new_person, pages_for
from usage.checks import check_webhook_networks
from usage.errors import WebhookFailed, WebhookRefused
from usage.models import BudgetWebhook
from usage.notices import webhooks

WEBHOOK_FORM = reverse("admin:usage_budgetwebhook_add")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://exämple.org/häken?tür=1#x", "https://xn--exmple-cua.org/h%C3%A4ken?t%C3%BCr=1"),
        ("https://مثال.إختبار/", "https://xn--mgbh0fb.xn--kgbechtv/"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org:8443/hook%20a", "https://example.org:8443/hook%20a"),
    ],
)
def test_an_address_is_kept_as_a_request_can_hold_it(tenant: Tenant, typed: str, kept: str) -> None:
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    assert client.post(WEBHOOK_FORM, {"url": typed}).status_code == 200  # the secret is shown
    with tenant_scope(tenant.id):
        assert BudgetWebhook.objects.get().url == kept


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("https://example.org:0/", "The port is a number from 1 to 65535."),
        ("https://example.org:99999/", "The port is a number from 1 to 65535."),
        ("https://me:secret@example.org/", "without a user name"),
        ("https://token@example.org/", "without a user name"),
        ("http://example.org/", "Enter an https address"),
        ("https://10.0.0.1/", "Notices can only be sent to public addresses."),
        ("https://[::1]/", "Notices can only be sent to public addresses."),
        ("https://example.org/" + "ä" * 100, "longer than 500 characters"),
        ("https://example.org/a b", "Enter a valid URL."),
        ("https://exam\u2025ple.org/", "Enter a valid URL."),
    ],
)
def test_an_address_that_cannot_be_posted_to_is_refused_at_its_field(
    tenant: Tenant, settings: Settings, typed: str, problem: str
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    form = client.post(WEBHOOK_FORM, {"url": typed}).context["adminform"].form
    assert problem in str(form.errors["url"])
    with tenant_scope(tenant.id):
        assert not BudgetWebhook.objects.exists()


@pytest.mark.parametrize("url", ["https://[::1", "https://" + "a" * 64 + ".org/", "https://a..b/", "https:///x"])
def test_what_is_no_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        addresses.normalise_address(url)
    assert url not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "http://127.0.0.1:1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[64:ff9b:1::a00:1]/",
        "https://[::10.0.0.1]/",
        "https://[::ffff:0:10.0.0.1]/",
        "https://[fec0::1]/",
        "https://0.0.0.0/",
        "ftp://127.0.0.1/",
    ],
)
def test_nothing_is_posted_to_addresses_that_are_not_public(tenant: Tenant, settings: Settings, url: str) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    with pytest.raises(WebhookRefused):
        webhooks.post(BudgetWebhook(tenant_id=tenant.id, url=url), message_id="m", body=b"{}")


@pytest.mark.parametrize("address", ["2a00:1450::1", "64:ff9b::8.8.8.8"])
def test_public_addresses_are_posted_to(address: str) -> None:
    assert addresses.allowed_addresses(address, 443, is_secure=True, chosen_by=ChosenBy.TENANT)


def test_a_slow_server_of_names_does_not_hold_a_worker(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(20) or [])
    monkeypatch.setattr(addresses, "RESOLVE_SECONDS", 0.2)
    began = time.monotonic()
    with pytest.raises(WebhookFailed, match="TimeoutError"):
        webhooks.post(BudgetWebhook(tenant_id=tenant.id, url="https://slow.test/"), message_id="m", body=b"{}")
    released.set()
    assert time.monotonic() - began < 5


def test_a_network_that_is_none_is_said_at_start(settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["10.20.0.0/16", "10.20.0.1/16"]
    (found,) = check_webhook_networks(None)
    assert "10.20.0.1/16" in found.msg


@pytest.mark.parametrize(
    ("address", "is_called"),
    [
        ("127.0.0.1", True),
        ("10.0.0.1", True),
        ("::1", True),
        ("8.8.8.8", True),
        ("169.254.169.254", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("fe80::1", False),
        ("224.0.0.1", False),
    ],
)
def test_what_the_operator_chose_may_be_private_but_not_where_clouds_keep_credentials(
    address: str, is_called: bool
) -> None:
    written: Address = ipaddress.ip_address(address)
    assert may_be_called(written, is_secure=False, chosen_by=ChosenBy.OPERATOR) == is_called
