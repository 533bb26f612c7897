"""Names of models that a budget or a price may mean."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from difflib import get_close_matches

from django.utils.translation import gettext as _

from tenants.local_days import today
from tenants.scoping import all_tenants
from usage.costs.model_table import entry_of
from usage.metrics.registry import read
from usage.models import ModelPrice
from usage.periods import Days

LOOKS_BACK = timedelta(days=90)
MAX_SUGGESTIONS = 3

_catalogues: list[Callable[[], Iterable[str]]] = []


def register_model_names(names: Callable[[], Iterable[str]]) -> None:
    """Let a room above name the models it knows. names: called in the scope of all tenants."""
    _catalogues.append(names)


def doubt_about(model: str) -> str | None:
    """Return a question about a name that no catalogue, price or recent call has; None where one has it."""
    known = _known_names()
    if model in known or entry_of(model):
        return None
    likely = _similar_names(model, known)
    if not likely:
        return _("No model is called %(name)s: neither the catalogue nor a price nor a recent call has it.") % {
            "name": model
        }
    return _("No model is called %(name)s. Is one of these meant: %(names)s?") % {
        "name": model,
        "names": ", ".join(likely),
    }


def _known_names() -> set[str]:
    """Return the names of all tenants: budgets and prices are set by the platform team only."""
    days = Days(today() - LOOKS_BACK, today() + timedelta(days=1))
    with all_tenants():
        called = {str(row.key[0]) for row in read(["calls"], days, by=["model"])}
        priced = set(ModelPrice.objects.values_list("model", flat=True).distinct())
        return called | priced | {name for names in _catalogues for name in names()}


def _similar_names(model: str, known: Iterable[str]) -> Sequence[str]:
    by_small_letters = {name.casefold(): name for name in sorted(known)}
    found = get_close_matches(model.casefold(), by_small_letters, n=MAX_SUGGESTIONS)
    return [by_small_letters[name] for name in found]
