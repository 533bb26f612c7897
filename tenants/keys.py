"""The text of an API key: `qfa_`, an 8-character id, `_`, a 32-character secret, a 6-character checksum.

The id finds the row and the secret authenticates the caller. The checksum lets us and secret scanners recognise typing
errors without a database.
"""

import hashlib
import hmac
import secrets
import zlib
from dataclasses import dataclass

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
KEY_LENGTH = 51
LEGACY_SCRYPT = {"salt": b"", "n": 16384, "r": 8, "p": 1, "dklen": 64}


@dataclass(frozen=True)
class NewKey:
    """A new key, with its text, which is not stored."""

    text: str
    prefix: str
    secret_hash: bytes


def _random_base62(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _checksum(text: str) -> str:
    number = zlib.crc32(text.encode())
    digits = ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = ALPHABET[digit] + digits
    return digits


def generate_key() -> NewKey:
    """Make a new random key."""
    prefix = f"qfa_{_random_base62(8)}"
    unchecked = f"{prefix}_{_random_base62(32)}"
    text = unchecked + _checksum(unchecked)
    return NewKey(text=text, prefix=prefix, secret_hash=hash_key(text))


def hash_key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def legacy_hash_key(text: str) -> str:
    """Hash a key as the older service did. This takes 36 ms, so it is done only while such keys remain."""
    return hashlib.scrypt(text.encode(), **LEGACY_SCRYPT).hex()  # type: ignore[arg-type]


def prefix_of(text: str) -> str | None:
    """Return the id part of a well-formed key, or None for any other text."""
    well_formed = len(text) == KEY_LENGTH and text.isascii() and text.startswith("qfa_") and text[12] == "_"
    if not well_formed or not hmac.compare_digest(_checksum(text[:-6]), text[-6:]):
        return None
    return text[:12]


def matches(text: str, secret_hash: bytes) -> bool:
    """Compare a key with a stored hash, in constant time."""
    return hmac.compare_digest(hash_key(text), secret_hash)
