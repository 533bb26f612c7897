"""Limits on sign-in attempts, counted in the database for all processes together.

An attempt is stored before the password is checked, so that parallel attempts count each other, and deleted when it
succeeds. Three limits apply within WINDOW: a low one for a name from one address, higher ones for an address and for a
name, so that a stranger cannot lock a person out with a few attempts. Only keyed digests of names and addresses are
stored.
"""

import hashlib
import hmac
import ipaddress
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from tenants.errors import TooManyAttempts
from tenants.models import SignInAttempt

WINDOW = timedelta(minutes=15)
LIMIT_BY_NAME_AND_ADDRESS = 5
LIMIT_BY_ADDRESS = 50
LIMIT_BY_NAME = 100


@dataclass(frozen=True)
class Attempt:
    """A counted attempt, which is deleted when the password was right."""

    id: uuid.UUID
    name_digest: bytes
    address_digest: bytes


def begin_attempt(*, username: str, address: str) -> Attempt:
    """Count an attempt. Raises TooManyAttempts over one of the limits."""
    name, network = _digest("name", username.casefold()), _digest("address", _network_of(address))
    since = timezone.now() - WINDOW
    SignInAttempt.objects.filter(attempted_at__lt=since).delete()
    attempt = SignInAttempt.objects.create(name_digest=name, address_digest=network)
    recent = SignInAttempt.objects.filter(attempted_at__gte=since)
    counts = (
        (recent.filter(name_digest=name, address_digest=network).count(), LIMIT_BY_NAME_AND_ADDRESS),
        (recent.filter(address_digest=network).count(), LIMIT_BY_ADDRESS),
        (recent.filter(name_digest=name).count(), LIMIT_BY_NAME),
    )
    if any(count > limit for count, limit in counts):
        raise TooManyAttempts
    return Attempt(attempt.id, name, network)


def forget_failures(attempt: Attempt) -> None:
    """Delete the failed attempts of a person at an address, after a success."""
    SignInAttempt.objects.filter(
        Q(id=attempt.id) | Q(name_digest=attempt.name_digest, address_digest=attempt.address_digest)
    ).delete()


def _network_of(address: str) -> str:
    """Return an IPv4 address, or the /64 network of an IPv6 address, which one subscriber has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    prefix = 32 if parsed.version == 4 else 64
    return str(ipaddress.ip_network((parsed, prefix), strict=False))


def _digest(purpose: str, text: str) -> bytes:
    key = hashlib.sha256(f"sign-in {purpose} {settings.SECRET_KEY}".encode()).digest()
    return hmac.digest(key, text.encode(), "sha256")
