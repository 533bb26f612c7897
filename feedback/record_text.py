"""The text and metadata of a feedback record, as operations take it whichever contract brought it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

CODING_LEVELS = ("coding_level_1", "coding_level_2", "coding_level_3")
METADATA = ("created", *CODING_LEVELS)
"""Metadata that operations may use; an operation declares which of it its prompts may see."""


@dataclass(frozen=True)
class RecordText:
    """id: the caller's, echoed and never sent on. metadata: of METADATA, without what is unset."""

    id: str
    content: str = field(repr=False)
    metadata: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_empty(self) -> bool:
        return not self.content.strip()
