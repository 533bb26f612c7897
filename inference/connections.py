"""Read the connections of the generating, the judging and the embedding model from the environment."""

from dataclasses import dataclass

from django.conf import settings

from inference.embeddings.weights import weights_path

OFFLINE_MODEL = "offline/extractive"
LOCAL_EMBEDDING_MODEL = "local/multilingual-e5-small"
NO_EMBEDDINGS = "none"
# Providers whose servers take OpenAI's chat-completions protocol, and are at a known address or always named with one.
SPEAK_CHAT_COMPLETIONS = {"openai", "azure", "hosted_vllm", "ollama", "ollama_chat", "openai_like", "custom_openai"}


@dataclass(frozen=True)
class ModelConnection:
    """A model string as LiteLLM reads it, with the server's address and key.

    base_model: the model behind a deployment of another name, from the catalogue, for example `azure/gpt-5`.
    """

    model: str
    api_base: str = ""
    api_key: str = ""
    api_version: str = ""
    base_model: str = ""

    @property
    def provider(self) -> str:
        return self.model.partition("/")[0]

    @property
    def name(self) -> str:
        """Return the model's name without the provider, as its server knows it."""
        return self.model.partition("/")[2]

    def __repr__(self) -> str:
        return f"ModelConnection({self.model!r})"  # never the key


def generation_connection() -> ModelConnection:
    return ModelConnection(settings.LLM_MODEL, settings.LLM_API_BASE, settings.LLM_API_KEY, settings.LLM_API_VERSION)


def judge_connection() -> ModelConnection:
    """Return the judge's connection, which defaults to that of the generating model."""
    if not settings.JUDGE_LLM_MODEL:
        return generation_connection()
    return ModelConnection(
        settings.JUDGE_LLM_MODEL,
        settings.JUDGE_LLM_API_BASE or settings.LLM_API_BASE,
        settings.JUDGE_LLM_API_KEY or settings.LLM_API_KEY,
        settings.JUDGE_LLM_API_VERSION or settings.LLM_API_VERSION,
    )


def embedding_connection() -> ModelConnection | None:
    """Return the embedding model's connection, None if texts are not embedded.

    The default is the local model where its weights are installed.
    """
    model = settings.EMBEDDING_MODEL or (LOCAL_EMBEDDING_MODEL if weights_path() else NO_EMBEDDINGS)
    if model == NO_EMBEDDINGS:
        return None
    return ModelConnection(
        model, settings.EMBEDDING_API_BASE, settings.EMBEDDING_API_KEY, settings.EMBEDDING_API_VERSION
    )
