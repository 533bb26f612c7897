"""What a framework's owner should look at before publishing: each finding has a reason and the code it is about."""

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
LIKELIEST, LIKELIEST_BY_CONCEPTS, FEW_OF_CODES = 10, 15, 8
LEAST_LIKENESS = 0.3
MOST_SIBLINGS, MOST_COMPARISONS = 500, 400_000
"""More is not compared, and a finding says so: pairs grow with the square of what there is."""
WORD = re.compile(r"\w+")
OTHER = re.compile(
    r"\b(other|others|else|autres?|otr[ao]s?|outr[ao]s?|andere|nyingine|inne|другое|прочее|інше)\b"
    r"|أخرى|غير ذلك|سایر|دیگر",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Finding:
    """rule: an anchor of docs/coding.md. path: of the code it is about, "" for the whole. row_id: of that code."""

    rule: str
    path: str
    reason: str
    row_id: uuid.UUID | None = None


ADVICE = {
    "too-many-codes": gettext_lazy("Merge or retire codes that are seldom used."),
    "duplicate-name": gettext_lazy("Rename one of each pair: whoever codes by name cannot tell them apart."),
    "overlapping-names": gettext_lazy("Rename one of each pair, or merge them."),
    "no-definition": gettext_lazy("Say in a sentence what belongs here: people and models go by it."),
    "no-example": gettext_lazy("Add feedback that belongs here, as people say it."),
    "one-child": gettext_lazy("Move the code up, or give it a neighbour."),
    "no-other": gettext_lazy("Add a code such as “Other”: where none fits, a wrong one is chosen."),
    "example-elsewhere": gettext_lazy(
        "Without a language model these examples would be coded far from their code, the farthest first. "
        "Add words to the definition, or move the example."
    ),
}
"""What to do about each rule's findings."""


@dataclass(frozen=True)
class _Elsewhere:
    """An example of a code that reads like another one. gap: by how much."""

    placed: PlacedCode
    number: int
    likelier: PlacedCode
    gap: float


@dataclass(frozen=True)
class FindingGroup:
    """The findings of one rule, and what to do about them."""

    rule: str
    advice: str
    findings: tuple[Finding, ...]


def by_rule(findings: Sequence[Finding]) -> list[FindingGroup]:
    """Put the findings of each rule together, in the order in which the rules first speak."""
    gathered: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        gathered[finding.rule].append(finding)
    return [FindingGroup(rule, str(ADVICE[rule]), tuple(members)) for rule, members in gathered.items()]


def lint(tree: Tree) -> list[Finding]:
    """Everything that should be looked at, in reading order of each rule. Retired codes are left out."""
    offered = without_retired(tree)
    return [finding for rule in RULES for finding in rule(offered)]


def _finding(rule: str, placed: PlacedCode, reason: str) -> Finding:
    return Finding(rule, written_path(placed.names), reason, placed.code.row_id)


def _about(path: Sequence[CodeNode], rule: str, reason: str) -> Finding:
    """A finding about a branch, or about the whole framework where the path is empty."""
    return Finding(rule, written_path([node.name for node in path]), reason, path[-1].row_id if path else None)


def _duplicate_names(tree: Tree) -> Iterator[Finding]:
    """The same name twice: whoever codes by name cannot tell them apart."""
    named: dict[str, list[PlacedCode]] = defaultdict(list)
    for placed in leaves(tree):
        named[" ".join(WORD.findall(normal_form(placed.code.name).casefold()))].append(placed)
    for twins in named.values():
        for placed in twins[1:]:
            yield _finding(
                "duplicate-name", placed, _("%(path)s has the same name.") % {"path": written_path(twins[0].names)}
            )


def _overlapping_names(tree: Tree) -> Iterator[Finding]:
    """Siblings whose names share most of their words."""
    for siblings in _families(tree):
        if len(siblings) > MOST_SIBLINGS:
            reason = _("%(count)s codes stand beside each other: their names are not compared.")
            yield _about(siblings[0].path[:-1], "overlapping-names", reason % {"count": len(siblings)})
            continue
        words = {id(placed): _words(placed.code) for placed in siblings}
        for first, second in combinations(siblings, 2):
            one, other = words[id(first)], words[id(second)]
            shared = len(one & other) / max(1, len(one | other))
            if OVERLAP <= shared < 1:
                yield _finding(
                    "overlapping-names", second, _("Hard to tell from “%(name)s”.") % {"name": first.code.name}
                )


def _missing_texts(tree: Tree) -> Iterator[Finding]:
    """What coders and models go by."""
    for placed in leaves(tree):
        if not placed.code.definition.strip():
            yield _finding("no-definition", placed, _("It has no definition."))
        if not placed.code.examples:
            yield _finding("no-example", placed, _("It has no example."))


def _one_child(tree: Tree) -> Iterator[Finding]:
    for placed in walk(tree):
        if len(placed.code.children) == 1:
            yield _finding("one-child", placed, _("It holds one code only: the level tells nothing."))


def _missing_other(tree: Tree) -> Iterator[Finding]:
    """Where no code fits, a wrong one is chosen unless there is one for the rest."""
    for placed in walk(tree):
        children = placed.code.children
        if len(children) < SIBLINGS_THAT_NEED_OTHER or not all(child.is_leaf for child in children):
            continue
        if not any(OTHER.search(child.name) for child in children):
            yield _finding("no-other", placed, _("It has no code for what fits none of the others."))


def _too_many(tree: Tree) -> Iterator[Finding]:
    codes = len(leaves(tree))
    if codes > MAX_CODES:
        reason = _("%(count)s codes: more than %(most)s are hard to tell apart.")
        yield Finding("too-many-codes", "", reason % {"count": codes, "most": MAX_CODES})


def _examples_elsewhere(tree: Tree) -> Iterator[Finding]:
    """Examples that neither coder without a model would shortlist under their own code, a pair of codes at a time."""
    codes = leaves(tree)
    if len(codes) > COMPARABLE_CODES:
        yield Finding("example-elsewhere", "", _("The framework is too large: no example was looked at."))
        return
    step = max(1, ceil(sum(len(placed.code.examples) for placed in codes) * len(codes) / MOST_COMPARISONS))
    if step > 1:
        reason = _("The framework is large: only one in %(step)s examples was looked at.")
        yield Finding("example-elsewhere", "", reason % {"step": step})
    pairs: dict[tuple[int, int], list[_Elsewhere]] = defaultdict(list)
    for each in _elsewhere(tree, step):
        pairs[id(each.placed), id(each.likelier)].append(each)
    for pair in sorted(pairs.values(), key=lambda pair: sum(each.gap for each in pair), reverse=True):
        numbers, path = ", ".join(str(each.number) for each in pair), written_path(pair[0].likelier.names)
        one = _("Example %(numbers)s reads more like %(path)s.")
        several = _("Examples %(numbers)s read more like %(path)s.")
        reason = (one if len(pair) == 1 else several) % {"numbers": numbers, "path": path}
        yield _finding("example-elsewhere", pair[0].placed, reason)


def _elsewhere(tree: Tree, step: int) -> Iterator[_Elsewhere]:
    """Judge each example as if it were not there: by the framework's words, then by words for the same thing.

    That a code of the same name takes it tells no more than the rule about names. step: of so many, one is looked at.
    """
    numbers = count()
    coder = LexicalCoder(tree)
    features = [_known_by(placed, without="") for placed in coder.codes]
    few = max(1, len(coder.codes) // FEW_OF_CODES)
    for place, placed in enumerate(coder.codes):
        for number, example in enumerate(placed.code.examples, start=1):
            if next(numbers) % step:
                continue
            likeliest = coder.rank(example, is_example_of=placed)[: min(LIKELIEST, few)]
            if any(each.placed is placed for each in likeliest):
                continue
            others = [*features[:place], _known_by(placed, without=example), *features[place + 1 :]]
            scores = likeness(others, read_record(example))
            own, best = scores[place], max(scores)
            is_far = sum(score > own for score in scores) >= min(LIKELIEST_BY_CONCEPTS, few)
            likelier = coder.codes[scores.index(best)]
            if is_far and best >= LEAST_LIKENESS and likelier.code.name.casefold() != placed.code.name.casefold():
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
