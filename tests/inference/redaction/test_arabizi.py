"""Names in Arabic chat spelling, with figures for the letters that Latin script lacks."""

import pytest

from inference.redaction import RedactionSession


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ana mo7ammad men daraa", "mo7ammad"),
        ("jari abu 3omar ma akhad shi", "abu 3omar"),
        ("el ostaz 5aled al 3ali khabbarna", "5aled al 3ali"),
        ("okhti 3aisha marida", "3aisha"),
        ("bint 7asan ma ejet", "7asan"),
        ("is2alo 3an A7mad el 7elwani", "A7mad"),
        ("um 5alil bil 5eime", "um 5alil"),
        ("al 3ali took the tent", "3ali"),
        ("el 3omar ma ejo", "3omar"),
    ],
)
def test_a_name_with_figures_for_letters_is_taken_out(session: RedactionSession, text: str, name: str) -> None:
    assert name not in session.redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "ana ta3ban w 3andi 4 wlad, ma fi may",
        "al jam3a el 7amra, el 3eed el sa3a 7",
        "kif 7alak, 3am ne7ki ma3 el 3omal",
        "sector b7 zone3 5kg 7am 4x4 3rd 2nd co2",
    ],
)
def test_everyday_words_with_figures_stay(session: RedactionSession, text: str) -> None:
    assert session.redact(text) == text
