"""Prepare a process before it takes calls, so that the first request is as fast as the following ones."""

from inference import gateway, redaction
from inference.catalogue import enter_operator_models
from inference.connections import OFFLINE_MODEL, generation_connection
from inference.text import identification
from tenants.scoping import all_tenants
from usage import ledger


def load() -> None:
    """Load the redaction engine and the gateway's modules, in a process that is forked afterwards.

    Uses no database and leaves no thread, socket or pool open, because they would not survive the fork.
    """
    redaction.warm_up()
    gateway.load()
    if generation_connection().model == OFFLINE_MODEL:
        identification.load()


def warm_up() -> None:
    """Enter the operator's models, close pending rows of killed processes, and load the remaining modules."""
    enter_operator_models()
    with all_tenants():
        ledger.sweep()
    redaction.warm_up()
    gateway.warm_up()
