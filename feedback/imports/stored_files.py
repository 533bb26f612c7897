"""Store the file of an import encrypted in the database, where every worker reads it as a file."""

import io
import uuid
from typing import IO, Any

from feedback.imports import errors
from feedback.imports.errors import unreadable
from feedback.imports.models import ImportChunk, ImportRun
from feedback.imports.readers.files import MAX_FILE_BYTES
from tenants.encryption.tenant_box import TenantBox, open_box

CHUNK_BYTES = 1024 * 1024
CACHED_CHUNKS = 3
"""A workbook is read at two places at once: its texts and its sheet."""


def store_file(run: ImportRun, file: IO[bytes]) -> None:
    """Encrypt and store a file, chunk by chunk. Raises UnreadableFile for a file that is too large."""
    box = open_box(run.tenant_id)
    file.seek(0)
    number = size = 0
    while piece := file.read(CHUNK_BYTES):
        size += len(piece)
        if size > MAX_FILE_BYTES:
            raise unreadable(errors.TOO_LARGE)
        encrypted = box.encrypt(piece, _context(run.id, number))
        ImportChunk.objects.create(run=run, number=number, encrypted=encrypted)
        number += 1
    run.file_bytes = size


def open_stored_file(run: ImportRun) -> IO[bytes]:
    """Open the file of an import for reading. Raises KeyDestroyed when the tenant's key was destroyed."""
    return io.BufferedReader(_StoredFile(run, open_box(run.tenant_id)), 64 * 1024)


def _context(run_id: uuid.UUID, number: int) -> str:
    return f"feedback_importchunk:{run_id}:{number}"


class _StoredFile(io.RawIOBase):
    def __init__(self, run: ImportRun, box: TenantBox) -> None:
        super().__init__()
        self._run, self._box = run, box
        self._size = run.file_bytes
        self._place = 0
        self._chunks: dict[int, bytes] = {}

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(base + offset, 0)
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: Any) -> int:
        target = memoryview(buffer)
        if self._place >= self._size:
            return 0
        number, start = divmod(self._place, CHUNK_BYTES)
        piece = self._chunk(number)[start : start + len(target)]
        target[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)

    def _chunk(self, number: int) -> bytes:
        if number not in self._chunks:
            stored = ImportChunk.objects.get(run=self._run, number=number)
            if len(self._chunks) >= CACHED_CHUNKS:
                del self._chunks[next(iter(self._chunks))]
            self._chunks[number] = self._box.decrypt(bytes(stored.encrypted), _context(self._run.id, number))
        return self._chunks[number]
