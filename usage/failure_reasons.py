"""Reasons of failed model calls: a closed list, in the ledger and in answers of the API."""

from django.db import models


class FailureReason(models.TextChoices):
    """The contract's section 8 has the same list."""

    CONTENT_FILTER = "content_filter", "Refused by the provider's content filter"
    AUTHENTICATION = "authentication", "Key refused"
    MODEL_NOT_FOUND = "model_not_found", "No such model or deployment"
    UNSUPPORTED_REQUEST = "unsupported_request", "Request refused as unsupported"
    CONTEXT_LENGTH = "context_length", "Prompt too long for the model"
    OUTPUT_CUT_OFF = "output_cut_off", "Answer cut off at the output limit"
    REFUSAL = "refusal", "Refused by the model"
    INVALID_ANSWER = "invalid_answer", "Answer that does not fit"
    RATE_LIMITED = "rate_limited", "Rate limited"
    TIMEOUT = "timeout", "No answer in time"
    UNREACHABLE = "unreachable", "Not reachable"
    PROVIDER_ERROR = "provider_error", "Failure at the provider"
