"""Text that cannot be stored: told where it is wrong, or stored with a visible mark, and never a failure of ours."""

import json
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tenants.models import Tenant, User
from tenants.storable import is_storable, storable, with_whole_characters
from tests.support.people import pages_for

ANY_CHARACTER = st.characters(exclude_categories=())  # surrogates too, which hypothesis leaves out by itself
ANY_TEXT = st.text(ANY_CHARACTER | st.sampled_from("\x00\ud83d\ude00\udc00a"))
ANY_JSON = st.recursive(
    ANY_TEXT | st.integers() | st.none(),
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=5,
)


@given(ANY_TEXT)
def test_a_storable_text_can_be_encoded_and_holds_no_nul(text: str) -> None:
    written = storable(text)
    assert is_storable(written)
    assert "\x00" not in written.encode().decode()


@given(ANY_TEXT.filter(is_storable))
def test_what_can_be_stored_is_not_changed(text: str) -> None:
    assert storable(text) == text


@given(st.text(), st.text(), st.sampled_from("\ud800\udbff\udc00\udfff"))
def test_a_lone_surrogate_leaves_a_mark(before: str, after: str, lone: str) -> None:
    assert storable(f"{before}{lone}{after}") == f"{before}\ufffd{after}".replace("\x00", "")


def test_two_halves_side_by_side_become_their_character() -> None:
    assert storable("\ud83d\udeb0 water") == "\U0001f6b0 water"


@given(ANY_JSON)
def test_a_json_value_is_mended_in_every_text_and_key(value: Any) -> None:
    json.dumps(with_whole_characters(value), ensure_ascii=False).encode()
    if is_storable(value):
        assert with_whole_characters(value) == value


@pytest.mark.parametrize("typed", ['{"a": "\\u0000"}', '{"a": ["\\ud800"]}', '{"\\udc00": 1}'])
def test_json_that_cannot_be_stored_is_told_on_its_field(platform_admin: User, typed: str) -> None:
    pages = pages_for(platform_admin)
    form = {"name": "openai/model", "version": "1", "type": "external", "metadata": typed}
    address = reverse("admin:inference_modelcatalogentry_add")
    pages.post(reverse("admin:pick_tenant"), {"tenant_id": "00000000-0000-7000-8000-000000000001"})
    answer = pages.post(address, form)
    assert answer.context["adminform"].form.errors == {"metadata": ["It holds a character that cannot be stored."]}


def lists_of_admin() -> list[Any]:
    return [screen for screen in admin.site._registry.values() if screen.opts.app_label != "procrastinate"]


def test_no_list_fails_on_a_nul_in_its_address(platform_admin: User, tenant: Tenant, other_tenant: Tenant) -> None:
    client: Client = pages_for(platform_admin)
    for screen in lists_of_admin():
        address = reverse(f"admin:{screen.opts.app_label}_{screen.opts.model_name}_changelist")
        if client.get(address).status_code != 200:
            continue
        fields = [name if isinstance(name, str) else name[0] for name in screen.list_filter]
        for name in ("q", "p", *fields, *(f"{field}__from_day" for field in fields)):
            assert client.get(address, {name: "\x00"}).status_code in (200, 302), (address, name)
