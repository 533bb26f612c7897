"""Reports in roundabout words are flagged; sentences that only speak of a matter are not."""

import pytest

from feedback.offline.sensitivity import RULES, sensitive_matters, sensitivity_answer
from feedback.sensitivity import SensitivityType
from inference.offline.wording import said
from inference.text.languages import LANGUAGES
from inference.text.phrases import phrase_book
from inference.text.reading import read_text

REPORTS = [
    ("The guard says my daughter can have the card if she visits him in the evening.", "SEXUAL_EXPLOITATION"),
    ("Le chef dit que mon nom sera sur la liste si je passe chez lui ce soir.", "SEXUAL_EXPLOITATION"),
    ("El encargado dice que la ficha sale si salgo con él, pero a solas.", "SEXUAL_EXPLOITATION"),
    ("O motorista disse que há um saco para mim se eu for a casa dele.", "SEXUAL_EXPLOITATION"),
    ("Комендант обещает место в палатке, если зайти к нему вечером.", "SEXUAL_EXPLOITATION"),
    ("Without an envelope the leader never finds my name.", "GIFTS_BRIBES_AND_KICKBACKS"),
    ("Mlinzi anataka kitu kidogo kabla ya kuita majina.", "GIFTS_BRIBES_AND_KICKBACKS"),
    ("We signed for ten kilos, but the bag was lighter.", "FRAUD"),
    ("La moitié de la liste est partis depuis deux ans, personne ne connaît ces gens.", "FRAUD"),
    ("Since the meeting a car follows us home.", "THREATS_AND_PHYSICAL_VIOLENCE"),
    ("Mi nieta ya no habla y se esconde cuando llega el profesor.", "SEXUAL_ABUSE"),
    ("She wears dark glasses inside and says she fell again.", "GENDER_BASED_VIOLENCE"),
    ("Больше не хочу жить, раздала вещи соседям.", "THREATS_AND_PHYSICAL_VIOLENCE"),
]
HARMLESS = [
    "Thank you for the session on fraud, we learned a lot.",
    "Which number do we call if someone asks for money?",
    "Merci pour la formation sur les violences, très claire.",
    "¿A qué línea de denuncia llamamos si alguien sufre abuso?",
    "The cold is killing us, please bring blankets.",
    "Спасибо за лекцию о мошенничестве.",
    "The guard is kind and opens the gate early.",
    "I live alone and my card does not work.",
    "My daughter needs shoes for school.",
]


@pytest.mark.parametrize(("record", "matter"), REPORTS)
def test_the_parts_of_an_indirect_report_are_put_together(record: str, matter: str) -> None:
    assert matter in sensitive_matters(read_text(record))


@pytest.mark.parametrize("record", HARMLESS)
def test_a_sentence_that_only_speaks_of_a_matter_is_not_flagged(record: str) -> None:
    assert sensitive_matters(read_text(record)) == frozenset()


@pytest.mark.parametrize(
    ("record", "matter"),
    [
        ("At the training the trainer touched me.", "SEXUAL_HARASSMENT"),
        ("We stood in the sun for hours and then two men beat us.", "THREATS_AND_PHYSICAL_VIOLENCE"),
        ("Nobody has helped her since her husband beat her.", "GENDER_BASED_VIOLENCE"),
        ("Thank you for the poster. The guard asks for money at the gate.", "GIFTS_BRIBES_AND_KICKBACKS"),
    ],
)
def test_a_report_beside_harmless_words_stays_one(record: str, matter: str) -> None:
    assert matter in sensitive_matters(read_text(record))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_signal_that_a_rule_needs(language: str) -> None:
    needed = {name for rule in RULES for part in rule.parts for name in part}
    others = {"TALK", "TOPIC", "MAYBE", "NOBODY", "NATURE"}
    assert phrase_book("signals", language).first_words.keys() == needed | others


@pytest.mark.parametrize("record", ["ውሃ የለም", "আমাদের জল নেই", "Wir haben seit drei Wochen keine Hilfe bekommen"])
def test_a_text_in_an_unknown_language_is_told_to_be_one(record: str) -> None:
    explanation = str(sensitivity_answer(record, list(SensitivityType))["explanation"])
    assert explanation.endswith(said("unknown", "en"))
