"""Report findings about a version to its owner before publishing, with reasons and codes."""

import re
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, count
from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coding.frameworks.names import normal_form
from coding.frameworks.tree import CodeNode, PlacedCode, Tree, leaves, walk, without_retired, written_path
from coding.strategies.code_concepts import described_features, texts_of
from coding.strategies.lexical_coder import MAX_CODES as COMPARABLE_CODES
from coding.strategies.lexical_coder import LexicalCoder
from inference.text.likeness import Features, likeness, read_record

MAX_CODES = 150
OVERLAP = 0.75
SIBLINGS_THAT_NEED_OTHER = 3
NEAREST_BY_WORDS, NEAREST_BY_CONCEPTS, NEAREST_SHARE = 10, 15, 8
MIN_SIMILARITY = 0.3
# The number of pairs grows with the square of the codes. Beyond these limits a finding says that none were compared.
MAX_SIBLINGS, MAX_COMPARISONS = 500, 400_000
WORD = re.compile(r"\w+")
OTHER = re.compile(
    r"\b(other|others|else|autres?|otr[ao]s?|outr[ao]s?|andere|nyingine|inne|другое|прочее|інше)\b"
    r"|أخرى|غير ذلك|سایر|دیگر",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Finding:
    """A finding. rule: an anchor of docs/coding.md. path: of the code, "" for the framework. row_id: of the code."""

    rule: str
    path: str
    reason: str
    row_id: uuid.UUID | None = None


ADVICE = {
    "too-many-codes": gettext_lazy("Merge or retire codes that are seldom used."),
    "duplicate-name": gettext_lazy("Rename one code of each pair. People cannot tell codes with the same name apart."),
    "overlapping-names": gettext_lazy("Rename one code of each pair, or merge the two."),
    "no-definition": gettext_lazy("Describe in a sentence what belongs here. People and models use it."),
    "no-example": gettext_lazy("Add feedback that belongs here, in the words of community members."),
    "one-child": gettext_lazy("Consider merging the category into its parent, or add another code."),
    "no-other": gettext_lazy("Add a code such as “Other”. Without it, feedback that fits no code gets a wrong one."),
    "example-elsewhere": gettext_lazy(
        "Without a language model, these examples would get other codes. The largest differences come first. "
        "Add words to the definition, or move the example."
    ),
}
"""Advice for the findings of each rule."""


@dataclass(frozen=True)
class _Elsewhere:
    """An example that is more similar to another code. gap: difference of the similarities."""

    placed: PlacedCode
    number: int
    likelier: PlacedCode
    gap: float


@dataclass(frozen=True)
class FindingGroup:
    """The findings of a rule, and advice."""

    rule: str
    advice: str
    findings: tuple[Finding, ...]


def by_rule(findings: Sequence[Finding]) -> list[FindingGroup]:
    """Group findings by rule, in the order of their first findings."""
    gathered: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        gathered[finding.rule].append(finding)
    return [FindingGroup(rule, str(ADVICE[rule]), tuple(members)) for rule, members in gathered.items()]


def lint(tree: Tree) -> list[Finding]:
    """Return all findings by rule and in reading order. Retired codes are left out."""
    offered = without_retired(tree)
    return [finding for rule in RULES for finding in rule(offered)]


def _finding(rule: str, placed: PlacedCode, reason: str) -> Finding:
    return Finding(rule, written_path(placed.names), reason, placed.code.row_id)


def _about(path: Sequence[CodeNode], rule: str, reason: str) -> Finding:
    """Return a finding about a branch, or about the whole framework if the path is empty."""
    return Finding(rule, written_path([node.name for node in path]), reason, path[-1].row_id if path else None)


def _duplicate_names(tree: Tree) -> Iterator[Finding]:
    """Find codes with the same name."""
    named: dict[str, list[PlacedCode]] = defaultdict(list)
    for placed in leaves(tree):
        named[" ".join(WORD.findall(normal_form(placed.code.name).casefold()))].append(placed)
    for twins in named.values():
        for placed in twins[1:]:
            yield _finding(
                "duplicate-name", placed, _("%(path)s has the same name.") % {"path": written_path(twins[0].names)}
            )


def _overlapping_names(tree: Tree) -> Iterator[Finding]:
    """Find siblings whose names share three quarters of their words."""
    for siblings in _families(tree):
        if len(siblings) > MAX_SIBLINGS:
            reason = _("%(count)s codes have the same parent, which is too many to compare their names.")
            yield _about(siblings[0].path[:-1], "overlapping-names", reason % {"count": len(siblings)})
            continue
        words = {id(placed): _words(placed.code) for placed in siblings}
        for first, second in combinations(siblings, 2):
            one, other = words[id(first)], words[id(second)]
            shared = len(one & other) / max(1, len(one | other))
            if OVERLAP <= shared < 1:
                yield _finding(
                    "overlapping-names", second, _("Its name is similar to “%(name)s”.") % {"name": first.code.name}
                )


def _missing_texts(tree: Tree) -> Iterator[Finding]:
    """Find codes without a definition or without examples."""
    for placed in leaves(tree):
        if not placed.code.definition.strip():
            yield _finding("no-definition", placed, _("It has no definition."))
        if not placed.code.examples:
            yield _finding("no-example", placed, _("It has no example."))


def _one_child(tree: Tree) -> Iterator[Finding]:
    for placed in walk(tree):
        if len(placed.code.children) == 1:
            yield _finding("one-child", placed, _("This category has only one code."))


def _missing_other(tree: Tree) -> Iterator[Finding]:
    """Find branches without a code for all other feedback."""
    for placed in walk(tree):
        children = placed.code.children
        if len(children) < SIBLINGS_THAT_NEED_OTHER or not all(child.is_leaf for child in children):
            continue
        if not any(OTHER.search(child.name) for child in children):
            yield _finding("no-other", placed, _("It has no code for other feedback."))


def _too_many(tree: Tree) -> Iterator[Finding]:
    codes = len(leaves(tree))
    if codes > MAX_CODES:
        reason = _("%(count)s codes are many. More than %(maximum)s are hard to tell apart.")
        yield Finding("too-many-codes", "", reason % {"count": codes, "maximum": MAX_CODES})


def _examples_elsewhere(tree: Tree) -> Iterator[Finding]:
    """Find examples that neither coder without a model would shortlist under their code, by pairs of codes."""
    codes = leaves(tree)
    if len(codes) > COMPARABLE_CODES:
        yield Finding("example-elsewhere", "", _("The framework is too large to compare its examples."))
        return
    step = max(1, ceil(sum(len(placed.code.examples) for placed in codes) * len(codes) / MAX_COMPARISONS))
    if step > 1:
        reason = _("The framework is large: one in %(step)s examples was compared.")
        yield Finding("example-elsewhere", "", reason % {"step": step})
    pairs: dict[tuple[int, int], list[_Elsewhere]] = defaultdict(list)
    for example in _elsewhere(tree, step):
        pairs[id(example.placed), id(example.likelier)].append(example)
    for pair in sorted(pairs.values(), key=lambda pair: sum(example.gap for example in pair), reverse=True):
        numbers, path = ", ".join(str(example.number) for example in pair), written_path(pair[0].likelier.names)
        one = _("Example %(numbers)s is more similar to %(path)s.")
        several = _("Examples %(numbers)s are more similar to %(path)s.")
        reason = (one if len(pair) == 1 else several) % {"numbers": numbers, "path": path}
        yield _finding("example-elsewhere", pair[0].placed, reason)


def _elsewhere(tree: Tree, step: int) -> Iterator[_Elsewhere]:
    """Compare each example as if it were not part of the framework, first by words, then by concepts.

    step: one example in so many is compared.
    """
    numbers = count()
    coder = LexicalCoder(tree)
    features = [_known_by(placed, without="") for placed in coder.codes]
    few = max(1, len(coder.codes) // NEAREST_SHARE)
    for place, placed in enumerate(coder.codes):
        for number, example in enumerate(placed.code.examples, start=1):
            if next(numbers) % step:
                continue
            nearest = coder.rank(example, is_example_of=placed)[: min(NEAREST_BY_WORDS, few)]
            if any(ranked.placed is placed for ranked in nearest):
                continue
            others = [*features[:place], _known_by(placed, without=example), *features[place + 1 :]]
            scores = likeness(others, read_record(example))
            own, best = scores[place], max(scores)
            is_far = sum(score > own for score in scores) >= min(NEAREST_BY_CONCEPTS, few)
            likelier = coder.codes[scores.index(best)]
            if is_far and best >= MIN_SIMILARITY and likelier.code.name.casefold() != placed.code.name.casefold():
                yield _Elsewhere(placed, number, likelier, best - own)


def _known_by(placed: PlacedCode, *, without: str) -> Features:
    return described_features([(node.name, texts_of(node, without=without)) for node in placed.path])


def _families(tree: Tree) -> Iterator[Sequence[PlacedCode]]:
    families: dict[tuple[int, ...], list[PlacedCode]] = defaultdict(list)
    for placed in walk(tree):
        families[tuple(map(id, placed.path[:-1]))].append(placed)
    yield from families.values()


def _words(code: CodeNode) -> set[str]:
    return set(WORD.findall(normal_form(code.name).casefold()))


RULES: tuple[Callable[[Tree], Iterator[Finding]], ...] = (
    _too_many,
    _duplicate_names,
    _overlapping_names,
    _missing_texts,
    _one_child,
    _missing_other,
    _examples_elsewhere,
)
