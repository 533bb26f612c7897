"""System checks of this app's settings."""

import ipaddress
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.compatibility)
def check_webhook_networks(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """An unreadable network would fail with the first notice only."""
    return [
        Error(
            f"WEBHOOK_ALLOWED_NETWORKS names {network!r}, which is not a network.",
            hint="Write networks such as 10.20.0.0/16, separated by commas.",
            id="usage.E001",
        )
        for network in settings.WEBHOOK_ALLOWED_NETWORKS
        if not _is_network(network)
    ]


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True
