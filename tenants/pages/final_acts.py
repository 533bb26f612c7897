"""Confirmation of acts that cannot be undone: a page shows what was understood, and asks once."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from tenants.pages.access import in_admin

UNDERSTOOD = "understood"
NOT_CARRIED = {UNDERSTOOD, "csrfmiddlewaretoken"}


@dataclass(frozen=True)
class FinalAct:
    """An act that cannot be undone.

    facts: labels and values of what will be stored, as text. doubts: warnings about possible mistakes.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    explanation: str
    submit: str
    back_url: str
    doubts: Sequence[str] = ()


def ask_once(request: HttpRequest, act: FinalAct) -> HttpResponse | None:
    """Return the page that asks for a confirmation, or None when the POST confirms exactly these facts.

    The page posts the fields of the request again. When the facts have changed meanwhile, it asks again.
    """
    digest = _digest_of(act)
    if request.POST.get(UNDERSTOOD) == digest:
        return None
    carried = [(name, value) for name, values in request.POST.lists() if name not in NOT_CARRIED for value in values]
    context = {"title": act.title, "act": act, "carried": carried, "understood": (UNDERSTOOD, digest)}
    return in_admin(request, "admin/final_act.html", context)


def _digest_of(act: FinalAct) -> str:
    written = json.dumps([act.title, list(act.facts)], ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()
