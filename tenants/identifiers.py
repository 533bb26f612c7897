"""Identifiers that sort by time, so that new rows share index pages."""

import os
import time
import uuid

PLATFORM_TENANT_ID = uuid.UUID("00000000-0000-7000-8000-000000000001")


def uuid7() -> uuid.UUID:
    """Return a UUIDv7: 48 bits of Unix milliseconds, then 74 random bits. Source: RFC 9562, section 5.7."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds << 80) | random_bits
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)


def uuid_or_none(text: str) -> uuid.UUID | None:
    """Return the UUID, or None: a malformed id is an unknown one."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
