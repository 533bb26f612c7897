"""The model connections the operator names in the environment: one that generates, one that judges."""

from dataclasses import dataclass

from django.conf import settings

OFFLINE_MODEL = "offline/extractive"


@dataclass(frozen=True)
class ModelConnection:
    """A model string as LiteLLM reads it, and where and with what it is reached."""

    model: str
    api_base: str = ""
    api_key: str = ""
    api_version: str = ""

    def __repr__(self) -> str:
        return f"ModelConnection({self.model!r})"  # never the key


def generation_connection() -> ModelConnection:
    return ModelConnection(settings.LLM_MODEL, settings.LLM_API_BASE, settings.LLM_API_KEY, settings.LLM_API_VERSION)


def judge_connection() -> ModelConnection:
    """The judge's own connection; without one of its own, the generating model judges."""
    if not settings.JUDGE_LLM_MODEL:
        return generation_connection()
    return ModelConnection(
        settings.JUDGE_LLM_MODEL,
        settings.JUDGE_LLM_API_BASE or settings.LLM_API_BASE,
        settings.JUDGE_LLM_API_KEY or settings.LLM_API_KEY,
        settings.JUDGE_LLM_API_VERSION or settings.LLM_API_VERSION,
    )
