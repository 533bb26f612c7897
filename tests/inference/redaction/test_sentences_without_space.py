"""Sentences that lack a space between them are neither links nor codes nor names."""

import pytest

from inference.redaction import RedactionSession


@pytest.mark.parametrize(
    "text",
    [
        "We went to the market.Shop owners said no.",
        "The pump is broken.Online we found nothing.",
        "The queue is long.Info comes late.Link us to the office.",
        "We pay at the gate.Net prices rise at the camp.Club meetings stop.",
        "El agua está sucia.Site visits are rare.",
        "O preço subiu no mercado.Com certeza falta arroz.",
        "the water is dirty.info is late",
        "They came on Monday.20260714 was the date, the list20260714 is old.",
        "We got the sacks.3500 shillings were missing.",
    ],
)
def test_two_sentences_are_no_link_and_no_code(session: RedactionSession, text: str) -> None:
    assert session.redact(text) == text


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("visit market.shop today", "market.shop"),
        ("our site kobo.info please", "kobo.info"),
        ("see www.market.shop", "market.shop"),
        ("market.shop/list", "market.shop"),
        ("shop-24.online", "shop-24"),
        ("list on example.org", "example.org"),
        ("EXAMPLE.COM", "EXAMPLE"),
        ("Ref.12345", "12345"),
        ("RC.12345", "12345"),
        ("el sitio ayuda.online", "ayuda.online"),
    ],
)
def test_links_and_codes_are_still_taken_out(session: RedactionSession, text: str, hidden: str) -> None:
    assert hidden not in session.redact(text)
