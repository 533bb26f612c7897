"""Framework labels as they stand in a prompt: escaped, on one line, never redacted."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Self

from coding.frameworks.tree import CodeNode, PlacedCode, Tree, walk, written_path
from coding.strategies.prompt_budget import SEPARATOR, briefs, meaning_of, said_of
from inference.orchestrator import OperationRun
from inference.redaction import RedactionPolicy
from inference.redaction.neutralise import neutralise
from inference.redaction.writing import Writing, writing_for

WHITE_SPACE = re.compile(r"\s+")
LIKE_AN_ID = re.compile(r"\d+\.\s")


class LabelWriter:
    """Writes labels beside the placeholders of one policy. entities: what these may be named after."""

    def __init__(self, policy: RedactionPolicy) -> None:
        self.entities = policy.placeholder_entities
        self._writing: Writing = writing_for(self.entities)

    @classmethod
    def of(cls, run: OperationRun) -> Self:
        """The writer for the policy of a run's tenant."""
        return cls(RedactionPolicy.from_dict(run.origin.tenant.redaction_policy))

    def label(self, text: str) -> str:
        """A name or definition of a framework, fit to stand on a line of its own inside the tags of a user message."""
        counts: Counter[str] = Counter()
        return self._writing.write(WHITE_SPACE.sub(" ", neutralise(text, counts)).strip(), counts)

    def options(self, nodes: Iterable[CodeNode]) -> str:
        """Options numbered from 0, one a line."""
        return "\n".join(f"{number}: {self.label(node.name)}" for number, node in enumerate(nodes))

    def framework(self, tree: Tree, *, longest: int | None = None) -> str:
        """The whole framework, codes that can be assigned numbered from 1: the same text for the same tree.

        A branch that only repeats the name of its one code is left out. longest: characters. Names always stand; what
        is said of codes beside them is shortened to fit.
        """
        codes = [placed for placed in walk(tree) if not _only_repeats(placed.code)]
        heads = self._heads(codes)
        named = sum(len(head) + 1 for head in heads)
        said = [said_of(placed.code) for placed in codes] if longest is None else briefs(codes, max(0, longest - named))
        return "\n".join(_joined(head, self.label(text)) for head, text in zip(heads, said, strict=True))

    def _heads(self, codes: Sequence[PlacedCode]) -> list[str]:
        """What stands before the texts of each code: indentation, number, name."""
        heads = []
        number = 0
        for placed in codes:
            number += placed.code.is_leaf
            above = sum(not _only_repeats(node) for node in placed.path[:-1])
            name = self.label(placed.code.name)
            heads.append(" " * above + (f"{number}. {name}" if placed.code.is_leaf else _branch(name)))
        return heads

    def described(self, placed: PlacedCode) -> str:
        """A code's path with what it means, on one line."""
        path = [node for node in placed.path if not _only_repeats(node)]
        return _joined(self.path(path), self.label(meaning_of(placed.code)))

    def path(self, nodes: Sequence[CodeNode]) -> str:
        return written_path([self.label(node.name) for node in nodes])


def _only_repeats(node: CodeNode) -> bool:
    """Whether a branch says no more than its only code."""
    if len(node.children) != 1 or said_of(node):
        return False
    [code] = node.children
    return code.is_leaf and code.name.split() == node.name.split()


def _branch(name: str) -> str:
    """A branch's name, in quotation marks where it would read like the id of a code."""
    return f'"{name}"' if LIKE_AN_ID.match(name) else name


def _joined(name: str, text: str) -> str:
    return f"{name}{SEPARATOR}{text}" if text else name
