"""Two people write at one code: nothing that either wrote is lost, and both texts are shown."""

import html
import re
import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from coding.errors import ChangedMeanwhile
from coding.frameworks import editing
from coding.frameworks.services import publish_version
from coding.models import Code, FrameworkVersion
from tenants.errors import Conflict
from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import ACTOR
from tests.support.framework_pages import client_of, code, get, post
from tests.support.frameworks import new_draft

EDITOR, PLAIN = "frameworkversion_editor", "code_change"


@pytest.fixture
def draft(tenant: Tenant) -> FrameworkVersion:
    return new_draft(tenant.id)


@pytest.fixture
def both(tenant: Tenant) -> tuple[Client, Client]:
    return client_of(tenant, Role.FRAMEWORK_EDITOR), client_of(tenant, Role.FRAMEWORK_EDITOR)


def address(page: str, queue: Code) -> dict[str, Any]:
    """Arguments for get and post of a code on the editor, or on the plain form."""
    if page == EDITOR:
        return {"arguments": (queue.version_id,), "query": f"?code={queue.pk}"}
    return {"arguments": (queue.pk,), "query": ""}


def opened(client: Client, page: str, queue: Code) -> dict[str, str]:
    """Return the fields that the form of a code sends if the person changes nothing."""
    place = address(page, queue)
    return fields(get(client, page, *place["arguments"], query=place["query"]).content.decode())


def fields(page: str) -> dict[str, str]:
    """The texts of the code's form, hidden ones included; boxes that are not ticked send nothing."""
    form = next(each for each in page.split("<form") if 'name="initial-definition"' in each).split("</form>")[0]
    sent = {}
    for found in re.finditer(r'<input[^>]*>|<textarea[^>]* name="([\w-]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        tag = found[0]
        if tag.startswith("<textarea"):
            sent[found[1]] = html.unescape(found[2].removeprefix("\n"))
        elif "checkbox" not in tag and (name := re.search(r' name="([\w-]+)"', tag)):
            value = re.search(r' value="(.*?)"', tag, re.DOTALL)
            sent[name[1]] = html.unescape(value[1]) if value else ""
    return sent


def save(client: Client, page: str, queue: Code, values: dict[str, str]) -> Any:
    place = address(page, queue)
    return post(client, page, *place["arguments"], query=place["query"], **values)


@pytest.mark.parametrize("page", [EDITOR, PLAIN])
def test_who_saves_second_sees_both_texts_and_decides(
    page: str, both: tuple[Client, Client], draft: FrameworkVersion
) -> None:
    queue = code(draft, "Queue")
    first, second = (opened(client, page, queue) for client in both)
    assert save(both[0], page, queue, first | {"definition": "Waiting\r\nat the tap"}).status_code == 302
    refused = save(both[1], page, queue, second | {"definition": "Long lines"})
    assert refused.status_code == 200
    shown = html.unescape(refused.content.decode())
    assert "Another person changed this field while you were editing it. It is now: “Waiting\nat the tap”." in shown
    assert page == PLAIN or "Nothing is saved yet" in shown
    assert fields(refused.content.decode())["definition"] == "Long lines"
    assert code(draft, "Queue").definition == "Waiting\nat the tap"
    assert save(both[1], page, queue, fields(refused.content.decode())).status_code == 302
    assert code(draft, "Queue").definition == "Long lines"


@pytest.mark.parametrize("page", [EDITOR, PLAIN])
def test_people_who_write_in_different_fields_do_not_disturb_each_other(
    page: str, both: tuple[Client, Client], draft: FrameworkVersion
) -> None:
    queue = code(draft, "Queue")
    first, second = (opened(client, page, queue) for client in both)
    assert save(both[0], page, queue, first | {"examples": "We wait", "is_sensitive": "on"}).status_code == 302
    assert save(both[1], page, queue, second | {"aliases": "line"}).status_code == 302
    saved = code(draft, "Queue")
    assert (saved.examples, saved.aliases, saved.is_sensitive) == (["We wait"], ["line"], True)


def test_a_refused_save_brings_what_the_other_wrote_elsewhere(
    both: tuple[Client, Client], draft: FrameworkVersion
) -> None:
    queue = code(draft, "Queue")
    first, second = (opened(client, EDITOR, queue) for client in both)
    save(both[0], EDITOR, queue, first | {"definition": "Theirs", "owner": "WASH", "is_sensitive": "on"})
    refused = save(both[1], EDITOR, queue, second | {"definition": "Mine"}).content.decode()
    assert fields(refused)["owner"] == "WASH"
    again = fields(refused) | {"is_sensitive": "on"}
    assert save(both[1], EDITOR, queue, again).status_code == 302
    saved = code(draft, "Queue")
    assert (saved.definition, saved.owner, saved.is_sensitive) == ("Mine", "WASH", True)


def test_the_same_change_by_both_is_no_conflict(both: tuple[Client, Client], draft: FrameworkVersion) -> None:
    queue = code(draft, "Queue")
    pages = [opened(client, EDITOR, queue) | {"definition": "Waiting"} for client in both]
    assert [save(client, EDITOR, queue, page).status_code for client, page in zip(both, pages, strict=True)] == [
        302
    ] * 2


def test_what_was_written_at_a_deleted_code_is_given_back(both: tuple[Client, Client], draft: FrameworkVersion) -> None:
    queue = code(draft, "Queue")
    page = opened(both[1], EDITOR, queue)
    post(both[0], "frameworkversion_act", draft.pk, act="delete", code=str(queue.pk))
    gone = save(both[1], EDITOR, queue, page | {"definition": "An hour of writing"})
    assert gone.status_code == 404
    assert "Another person deleted this code while you were editing it." in gone.content.decode()
    assert "An hour of writing" in gone.content.decode()


def test_what_was_written_at_a_version_that_was_published_is_given_back(
    both: tuple[Client, Client], draft: FrameworkVersion
) -> None:
    queue = code(draft, "Queue")
    page = opened(both[1], EDITOR, queue)
    with tenant_scope(draft.tenant_id):
        publish_version(version=draft, actor_id=ACTOR)
    late = save(both[1], EDITOR, queue, page | {"definition": "An hour of writing"})
    assert late.status_code == 409
    assert "This version was published while you were editing it." in late.content.decode()
    assert "An hour of writing" in late.content.decode()
    assert code(draft, "Queue").definition == ""


def test_a_frameworks_name_and_a_versions_notes_are_not_overwritten_unseen_either(
    both: tuple[Client, Client], draft: FrameworkVersion
) -> None:
    name = draft.framework.name
    seen = {"name": name, "initial-name": name, "initial-description": "", "initial-languages": "[]"}
    seen |= {"description": "", "languages": "[]"}
    framework = ("codingframework_change", draft.framework_id)
    assert post(both[0], *framework, **(seen | {"description": "For floods", "languages": '["en"]'})).status_code == 302
    refused = post(both[1], *framework, **(seen | {"description": "For droughts"}))
    assert "It is now: “For floods”" in refused.content.decode()
    assert post(both[1], *framework, **(seen | {"name": f"{name}!"})).status_code == 302
    notes = ("frameworkversion_change", draft.pk)
    assert post(both[0], *notes, **{"notes": "One", "initial-notes": ""}).status_code == 302
    assert "It is now: “One”" in post(both[1], *notes, **{"notes": "Two", "initial-notes": ""}).content.decode()
    with tenant_scope(draft.tenant_id):
        draft.refresh_from_db()
        saved = draft.framework
        assert (saved.name, saved.description, saved.languages) == (f"{name}!", "For floods", ["en"])
    assert draft.notes == "One"


def test_of_two_saves_at_the_same_moment_one_is_refused(draft: FrameworkVersion) -> None:
    """Both have read the same row; the lock lets one write first, and the other sees that it is overtaken."""
    queue = code(draft, "Queue")
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def write(text: str) -> None:
        with tenant_scope(draft.tenant_id):
            mine = Code.objects.select_related("version").get(pk=queue.pk)
            ready.wait(10)
            try:
                editing.change_code(code=mine, actor_id=ACTOR, expected={"definition": ""}, definition=text)
                outcomes.append(text)
            except ChangedMeanwhile:
                outcomes.append("refused")
        connection.close()

    writers = [threading.Thread(target=write, args=[text]) for text in ("one", "two")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(outcomes) in (["one", "refused"], ["refused", "two"])
    assert code(draft, "Queue").definition in outcomes


def test_acts_on_codes_that_others_deleted_are_refused(draft: FrameworkVersion) -> None:
    queue, pump = code(draft, "Queue"), code(draft, "Broken pump")
    with tenant_scope(draft.tenant_id):
        stale = {
            name: Code.objects.select_related("version").get(pk=each.pk)
            for name, each in {"queue": queue, "pump": pump}.items()
        }
        editing.delete_code(code=queue, actor_id=ACTOR)
        for act in (
            lambda: editing.change_code(code=stale["queue"], name="X", actor_id=ACTOR),
            lambda: editing.move_code(code=stale["queue"], parent=None, position=0, actor_id=ACTOR),
            lambda: editing.move_code(code=stale["pump"], parent=stale["queue"], position=0, actor_id=ACTOR),
            lambda: editing.merge_codes(code=stale["pump"], into=stale["queue"], actor_id=ACTOR),
            lambda: editing.split_code(code=stale["queue"], names=["A", "B"], actor_id=ACTOR),
            lambda: editing.add_code(version=draft, name="X", parent=stale["queue"], actor_id=ACTOR),
        ):
            with pytest.raises(Conflict):
                act()


def test_a_merge_keeps_the_examples_that_somebody_added_meanwhile(draft: FrameworkVersion) -> None:
    queue, pump = code(draft, "Queue"), code(draft, "Broken pump")
    with tenant_scope(draft.tenant_id):
        seen_before = [Code.objects.select_related("version").get(pk=each.pk) for each in (queue, pump)]
        editing.change_code(code=pump, examples=["The pump broke"], actor_id=ACTOR)
        editing.merge_codes(code=seen_before[0], into=seen_before[1], actor_id=ACTOR)
    assert "The pump broke" in code(draft, "Broken pump").examples


def test_another_tenant_learns_nothing_from_a_save(
    draft: FrameworkVersion, other_tenant: Tenant, both: tuple[Client, Client]
) -> None:
    queue = code(draft, "Queue")
    page = opened(both[0], EDITOR, queue)
    outsider = client_of(other_tenant, Role.FRAMEWORK_EDITOR)
    assert save(outsider, EDITOR, queue, page | {"definition": "X"}).status_code == 404
    own = new_draft(other_tenant.id)
    answer = post(outsider, EDITOR, own.pk, query=f"?code={queue.pk}", **(page | {"name": "Mine"}))
    assert answer.status_code == 404
    assert code(draft, "Queue").definition == ""
