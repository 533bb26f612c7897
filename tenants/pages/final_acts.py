"""Acts that cannot be undone: a page says what was understood, and asks once."""

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
    """An act and what it stores for good.

    facts: labels with values, as a person reads them. doubts: what may be a mistake.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    explanation: str
    submit: str
    back_url: str
    doubts: Sequence[str] = ()


def ask_once(request: HttpRequest, act: FinalAct) -> HttpResponse | None:
    """Return the page that asks, or None where the POST says yes to exactly these facts.

    The page sends what was posted to it again. Where the facts have changed meanwhile, it asks again.
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
