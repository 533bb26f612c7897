"""What a process does once before it takes calls: everything slow, so that the first request is like the second."""

from inference import gateway, redaction
from inference.catalogue import enter_operator_models
from tenants.scoping import all_tenants
from usage import ledger


def load() -> None:
    """Load the redaction engine and what the gateway needs, in a process that is forked afterwards.

    Touches no database and leaves no thread, socket or pool behind: they would not survive the fork.
    """
    redaction.warm_up()
    gateway.load()


def warm_up() -> None:
    """Enter the operator's models, sweep what a killed process left pending, and load what is not loaded yet."""
    enter_operator_models()
    with all_tenants():
        ledger.sweep()
    redaction.warm_up()
    gateway.warm_up()
