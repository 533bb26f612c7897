"""Count the features of a text (words, word pairs, beginnings of longer words, letter sequences) and their rarity."""

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise

TOKEN = re.compile(r"\w+|[?!؟]")
PAIR, BEGINNING, SEQUENCE = "+", "^", "~"
"""First characters of the features that are not whole words."""
BEGINNING_LENGTH = 5
SEQUENCE_LENGTHS = (3, 4, 5)
KIND_WEIGHTS = {SEQUENCE: 0.4, BEGINNING: 0.7, PAIR: 0.7}

Vector = dict[str, float]


def features_of(text: str) -> Counter[str]:
    """Count the words, pairs, beginnings (morphology) and letter sequences (misspellings) of a text."""
    tokens = TOKEN.findall(_plain(text))
    counted = Counter(tokens)
    counted.update(f"{PAIR}{first} {second}" for first, second in pairwise(tokens))
    counted.update(_beginnings(tokens))
    for word in tokens:
        marked = f"_{word}_"
        for length in SEQUENCE_LENGTHS:
            counted.update(f"{SEQUENCE}{marked[start : start + length]}" for start in range(len(marked) - length + 1))
    return counted


def words_of(text: str) -> Counter[str]:
    """Count the words and beginnings of a text."""
    tokens = TOKEN.findall(_plain(text))
    counted = Counter(tokens)
    counted.update(_beginnings(tokens))
    return counted


def rarity_of(counts: Sequence[Counter[str]], owners: Sequence[Hashable]) -> Vector:
    """Return log(owners / owners with the feature) for each feature. Under "": for a feature that none has."""
    seen_in: dict[str, set[Hashable]] = defaultdict(set)
    for counted, owner in zip(counts, owners, strict=True):
        for feature in counted:
            seen_in[feature].add(owner)
    total = len(set(owners)) + 1
    return {feature: math.log(total / len(owning)) + 0.1 for feature, owning in seen_in.items()} | {"": math.log(total)}


def weighed(counted: Mapping[str, int], rarity: Mapping[str, float]) -> Vector:
    """Return the counts as a vector of length 1. An unknown feature weighs as much as the rarest one."""
    weights = {
        feature: (1 + math.log(count)) * rarity.get(feature, rarity[""]) * KIND_WEIGHTS.get(feature[0], 1.0)
        for feature, count in counted.items()
    }
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {feature: weight / length for feature, weight in weights.items()}


def _beginnings(tokens: Sequence[str]) -> list[str]:
    return [f"{BEGINNING}{word[:BEGINNING_LENGTH]}" for word in tokens if len(word) > BEGINNING_LENGTH]


def _plain(text: str) -> str:
    """Return lower case without accents and vowel marks, which people often leave out."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
