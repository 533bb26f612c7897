"""Words learnt from pairs of texts and codes."""

from coding.strategies.learned import MAX_EXAMPLES, Example, LearnedCodes

WATER = ["the pump broke", "pump without water", "a broken pump handle"]
FOOD = ["rice ran out", "mouldy rice and beans", "beans with weevils"]
THANKS = ["thank you all", "many thanks to you", "thanks for coming"]
PAIRS = [(text, code) for code, texts in (("water", WATER), ("food", FOOD), ("thanks", THANKS)) for text in texts]


def learnt(pairs: list[tuple[str, str]]) -> LearnedCodes | None:
    return LearnedCodes.of(Example(text, frozenset([code])) for text, code in pairs)


def given(learned: LearnedCodes | None, text: str) -> set[object]:
    assert learned
    return {code for code, score in learned.scores(text).items() if score >= 1}


def test_new_texts_get_the_codes_of_texts_like_them() -> None:
    learned = learnt(PAIRS)
    assert given(learned, "our pump is broken") == {"water"}
    assert given(learned, "no beans, no rice") == {"food"}


def test_a_text_may_get_several_codes() -> None:
    both = [
        Example(f"{text} and {other}", frozenset(["water", "food"])) for text, other in zip(WATER, FOOD, strict=True)
    ]
    learned = LearnedCodes.of([*both, *(Example(text, frozenset([code])) for text, code in PAIRS)])
    assert given(learned, "a broken pump and mouldy beans") == {"water", "food"}


def test_words_in_other_forms_still_count() -> None:
    pairs = [("contamination everywhere", "a"), ("contaminated wells", "a"), ("shouting", "b"), ("shouted", "b")]
    learned = learnt(pairs)
    assert learned
    scores = learned.scores("contaminating")
    assert scores["a"] > scores["b"]


def test_nothing_is_learnt_of_single_examples() -> None:
    assert learnt([("one", "a"), ("two", "b")]) is None
    assert learnt([]) is None
    learned = learnt([*PAIRS, ("a lone goat", "animals")])
    assert learned
    assert "animals" not in learned.codes


def test_texts_without_a_known_word_get_what_is_common_and_nothing_breaks() -> None:
    learned = learnt(PAIRS)
    assert learned
    for text in ("", "zzz qqq", "!!!"):
        assert set(learned.scores(text)) == {"water", "food", "thanks"}


def test_examples_without_words_are_survived() -> None:
    assert learnt([("", "a"), ("", "a"), ("", "b")])


def test_only_so_many_examples_are_used() -> None:
    pairs = [("alpha", "a"), ("alpha", "a")] * (MAX_EXAMPLES // 2) + [("beta", "b"), ("beta", "b")]
    learned = learnt(pairs)
    assert learned
    assert learned.codes == {"a": MAX_EXAMPLES}
