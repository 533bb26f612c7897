"""The master key, which wraps the data keys of tenants: from the environment or from a command."""

import base64
import binascii
import functools
import hashlib
import shlex
import subprocess

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32
COMMAND_TIMEOUT_SECONDS = 30


def uses_derived_master_key() -> bool:
    return not (settings.STORAGE_MASTER_KEY or settings.STORAGE_MASTER_KEY_COMMAND)


def master_key() -> bytes:
    """Return the 32 bytes that wrap data keys. Raises ImproperlyConfigured."""
    if settings.STORAGE_MASTER_KEY:
        return _read_key(settings.STORAGE_MASTER_KEY, "STORAGE_MASTER_KEY")
    if settings.STORAGE_MASTER_KEY_COMMAND:
        return _read_key(_printed_by(settings.STORAGE_MASTER_KEY_COMMAND), "STORAGE_MASTER_KEY_COMMAND")
    return derived_master_key()


def derived_master_key() -> bytes:
    """Return the master key of an installation that was given none."""
    return hashlib.sha256(f"storage master key {settings.SECRET_KEY}".encode()).digest()


def previous_master_key() -> bytes | None:
    """Return the master key before a rotation, None without one. Raises ImproperlyConfigured."""
    written = settings.STORAGE_MASTER_KEY_PREVIOUS
    return _read_key(written, "STORAGE_MASTER_KEY_PREVIOUS") if written else None


def _read_key(text: str, name: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"{name} does not give {KEY_BYTES} bytes in base64.")
    return key


@functools.cache
def _printed_by(command: str) -> str:
    """Return what the operator's command prints, run once per process. Its errors are not shown: they may hold keys."""
    try:
        run = subprocess.run(  # noqa: S603 - the operator's own command
            shlex.split(command), capture_output=True, text=True, timeout=COMMAND_TIMEOUT_SECONDS, check=True
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise ImproperlyConfigured(f"STORAGE_MASTER_KEY_COMMAND failed ({type(error).__name__}).") from None
    return run.stdout
