"""A feedback record as an operation sees it, whichever contract brought it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings


@dataclass(frozen=True)
class FeedbackRecord:
    """id: the caller's, echoed and never sent on. metadata: created and coding_level_1..3, "" where unset."""

    id: str
    content: str = field(repr=False)
    metadata: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_empty(self) -> bool:
        return not self.content.strip()

    def metadata_for(self, operation_name: str) -> dict[str, str]:
        """The metadata that may reach this operation's prompts, by ORCHESTRATOR_METADATA_FIELDS."""
        allowed = settings.ORCHESTRATOR_METADATA_FIELDS.get(operation_name, "").split()
        return {name: self.metadata[name] for name in allowed if self.metadata.get(name)}
