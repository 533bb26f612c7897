"""A secret key for a machine that was given none: made once, kept beside the embedded database, never printed."""

import contextlib
import os
import secrets
from pathlib import Path


def read_or_create(home: Path) -> str:
    """Return the machine's own secret key; every process gets the same one, whoever comes first."""
    path = home / "secret_key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = home / f"secret_key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):  # two processes raced: the first one's key stays
            os.link(draft, path)
        draft.unlink()
    return path.read_text()
