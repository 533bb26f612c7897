"""The secret key of an installation without SECRET_KEY, stored beside the embedded database."""

import contextlib
import os
import secrets
from pathlib import Path


def read_or_create(home: Path) -> str:
    """Return the secret key, the same for every process. The first process creates it."""
    path = home / "secret_key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = home / f"secret_key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):  # another process was faster: its key is used
            os.link(draft, path)
        draft.unlink()
    return path.read_text()
