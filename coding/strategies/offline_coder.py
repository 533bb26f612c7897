"""Rank codes without a model, by words and by concepts that have words in several languages."""

from threading import Lock

from cachetools import LRUCache, cached

from coding.frameworks.tree import PlacedCode, Tree, TreeKey, walk
from coding.strategies.code_concepts import ConceptIndex
from coding.strategies.lexical_coder import MAX_TEXT_LENGTH, LexicalCoder
from coding.strategies.ranking import RankedCode
from inference.text.likeness import RecordFeatures, read_record
from inference.text.reading import read_text

# Chosen on quotes, synthetic records and patient comments in English, and on the demo's records; see docs/offline.md.
CONCEPT_WEIGHT = 0.03
CONCEPT_WEIGHT_ACROSS_LANGUAGES = 0.3
CACHED_CODERS = 16


class OfflineCoder:
    """Ranks the leaves of one framework. Raises TooManyCodes."""

    min_share_of_first = 0.75

    def __init__(self, tree: Tree) -> None:
        self._lexical = LexicalCoder(tree)
        self.codes = self._lexical.codes
        self._concepts = ConceptIndex(self.codes)
        self._languages = _languages_of(tree)

    def rank(self, text: str, *, is_example_of: PlacedCode | None = None) -> list[RankedCode]:
        """Return all leaves, the most similar first, equal ones in reading order.

        is_example_of: judge the text as if it were not among this code's examples.
        """
        record = read_record(text[:MAX_TEXT_LENGTH])
        weight = self._concept_weight(record)
        concepts = dict(zip(map(id, self._lexical.codes), self._concepts.similarities(record), strict=True))
        if is_example_of is not None:
            concepts[id(is_example_of)] = self._concepts.similarity_without(record, is_example_of, text)
        ranked = [
            RankedCode(code.placed, (code.similarity + weight * concepts[id(code.placed)]) / (1 + weight))
            for code in self._lexical.rank(text, is_example_of=is_example_of)
        ]
        return sorted(ranked, key=lambda code: code.similarity, reverse=True)

    def similarity(self, text: str, placed: PlacedCode) -> float:
        """Return the similarity of a text with one code."""
        return next(code.similarity for code in self.rank(text) if code.placed is placed)

    def _concept_weight(self, record: RecordFeatures) -> float:
        """Return the weight of concepts beside words, which is higher for a record in another language."""
        # Words of another language than the framework's do not occur in it, so concepts must decide.
        is_foreign = record.text.language and record.text.language not in self._languages
        return CONCEPT_WEIGHT_ACROSS_LANGUAGES if is_foreign else CONCEPT_WEIGHT


def _languages_of(tree: Tree) -> frozenset[str]:
    """Return the languages that a framework's names and definitions may be in."""
    nodes = [placed.code for placed in walk(tree)]
    written = " ".join(text for node in nodes for text in (node.name, node.definition))
    translated = {language for node in nodes for language in (*node.labels, *node.definitions)}
    return frozenset(read_text(written).languages) | translated


@cached(LRUCache(CACHED_CODERS), key=TreeKey, lock=Lock())
def coder_for(tree: Tree) -> OfflineCoder:
    """Return the coder of a tree from a cache. Raises TooManyCodes."""
    # Making one takes a second at a thousand codes.
    return OfflineCoder(tree)
