"""Framework labels as they stand in a prompt: escaped, on one line, never redacted."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from coding.tree import CodeNode, Tree, walk, written_path
from inference.orchestrator import OperationRun
from inference.redaction import RedactionPolicy
from inference.redaction.neutralise import neutralise
from inference.redaction.writing import Writing, writing_for

MOST_EXAMPLES = 2
LONGEST_TEXT = 240
WHITE_SPACE = re.compile(r"\s+")


class LabelWriter:
    """Writes labels beside the placeholders of one run."""

    def __init__(self, run: OperationRun) -> None:
        policy = RedactionPolicy.from_dict(run.origin.tenant.redaction_policy)
        self._writing: Writing = writing_for(policy.placeholder_entities)

    def label(self, text: str) -> str:
        """A name or definition of a framework, fit to stand on a line of its own inside the tags of a user message."""
        counts: Counter[str] = Counter()
        return self._writing.write(WHITE_SPACE.sub(" ", neutralise(text, counts)).strip(), counts)

    def options(self, nodes: Iterable[CodeNode]) -> str:
        """Options numbered from 0, one a line."""
        return "\n".join(f"{number}: {self.label(node.name)}" for number, node in enumerate(nodes))

    def framework(self, tree: Tree) -> str:
        """The whole framework, codes that can be assigned numbered from 1: the same text for the same tree."""
        lines = []
        number = 0
        for placed in walk(tree):
            number += placed.code.is_leaf
            head = f"{number}. " if placed.code.is_leaf else ""
            lines.append("  " * (placed.level - 1) + head + self.described(placed.code))
        return "\n".join(lines)

    def described(self, node: CodeNode) -> str:
        """A code's name with what the framework says of it, on one line."""
        parts = [
            self.label(node.name),
            self._short(node.definition),
            f"include: {self._short(node.include)}" if node.include else "",
            f"exclude: {self._short(node.exclude)}" if node.exclude else "",
            f"examples: {' / '.join(map(self._short, node.examples[:MOST_EXAMPLES]))}" if node.examples else "",
        ]
        return " | ".join(filter(None, parts))

    def _short(self, text: str) -> str:
        """A text cut at a word: every code pays for the longest ones, in every call."""
        return self.label(text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT].rpartition(' ')[0]} …")

    def path(self, nodes: Sequence[CodeNode]) -> str:
        return written_path([self.label(node.name) for node in nodes])
