"""The stop lists of the offline engine leave the words that tell one code from another."""

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LISTS = sorted((ROOT / "inference/text/stopwords").glob("*.txt"))
TELLING_WORDS = {  # of asking, and of saying: they tell questions and rumours from requests
    "en": "how what when where who why say says said",
    "fr": "combien comment où quand pourquoi dit disent",
    "es": "cómo cuándo dónde donde dice dicen",
    "pt": "onde quando dizem diz",
    "sw": "wapi lini nini je wanasema",
    "ar": "كيف متى أين هل قال يقولون",
    "uk": "де коли чому сказав кажуть",
    "ru": "где когда почему говорят",
    "fa": "کجا کی چطور گفت می‌گویند",
    "ha": "yaushe ina yaya cewa",
    "so": "xagee goorma maxaan yiri",
}


def aliases(nodes: list[dict[str, Any]]) -> Iterator[str]:
    for node in nodes:
        yield from node["aliases"]
        yield from aliases(node["children"])


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_a_stop_list_is_sorted_folded_and_without_repetition(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    listed = text.splitlines()
    assert listed == sorted(set(listed))
    assert text == unicodedata.normalize("NFC", text.casefold())
    assert 50 <= len(listed) <= 150


def test_there_is_a_stop_list_for_every_language_of_the_demo_framework() -> None:
    framework = json.loads((ROOT / "coding/demo/framework.json").read_text(encoding="utf-8"))
    assert {path.stem for path in LISTS} == set(framework["languages"])


def test_no_alias_of_the_demo_framework_is_made_of_stop_words_of_one_language() -> None:
    framework = json.loads((ROOT / "coding/demo/framework.json").read_text(encoding="utf-8"))
    said = [set(re.findall(r"\w+", alias.casefold())) for alias in aliases(framework["root_codes"])]
    for path in LISTS:
        stopped = set(path.read_text(encoding="utf-8").splitlines())
        assert [alias for alias in said if alias <= stopped] == [], path.stem


@pytest.mark.parametrize("language", TELLING_WORDS)
def test_words_of_asking_and_saying_are_kept(language: str) -> None:
    stop_list = ROOT / "inference/text/stopwords" / f"{language}.txt"
    stopped = set(stop_list.read_text(encoding="utf-8").splitlines())
    assert stopped & set(TELLING_WORDS[language].split()) == set()
