"""The form of an API key: `qfa_`, an 8-character id, `_`, a 32-character secret, a 6-character checksum.

The id finds the row, the secret proves the caller, the checksum lets secret scanners and us tell a typing error from
a wrong key without a database.
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
    """A key at the only moment when it is known whole."""

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
    """Hash as the older service did; 36 ms, so only while keys of that kind remain."""
    return hashlib.scrypt(text.encode(), **LEGACY_SCRYPT).hex()  # type: ignore[arg-type]


def prefix_of(text: str) -> str | None:
    """Return the id part of a well-formed key, or None when it is not one of ours."""
    well_formed = len(text) == KEY_LENGTH and text.isascii() and text.startswith("qfa_") and text[12] == "_"
    if not well_formed or not hmac.compare_digest(_checksum(text[:-6]), text[-6:]):
        return None
    return text[:12]


def matches(text: str, secret_hash: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(hash_key(text), secret_hash)
