"""Speech acts of feedback, recognised by words in eleven languages."""

import pytest

from inference.text.acts import STATEMENTS, acts_in, acts_named


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("Where can we get water?", "ask"),
        ("Merci pour votre aide", "thanks"),
        ("Necesitamos agua", "request"),
        ("نحتاج ماء", "request"),
        ("Дякуємо за допомогу", "thanks"),
        ("People say the vaccine is a lie", "rumour"),
    ],
)
def test_an_act_is_known_in_the_language_it_is_done_in(text: str, act: str) -> None:
    assert act in acts_in(text)


def test_a_text_without_words_for_an_act_states_something() -> None:
    assert acts_in("The sun kills it.") == STATEMENTS == acts_in("zzz")


def test_a_name_says_its_acts_or_none() -> None:
    assert "ask" in acts_named("Questions")
    assert "thanks" in acts_named("Encouragement or praise")
    assert acts_named("Water") == frozenset()
