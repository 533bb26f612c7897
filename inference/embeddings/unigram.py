"""Cut texts into the pieces of a SentencePiece unigram vocabulary, as XLM-RoBERTa does.

A text's tokens are the pieces with the highest sum of scores (Kudo 2018), found by the Viterbi algorithm. The pieces
are looked up by hashes in a sorted array: a dictionary of 250,000 pieces would take 40 MB of every process.
"""

import re
from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from inference.embeddings.weights import Vocabulary

SPACE = "\u2581"
SPACES = re.compile(" {2,}")
PENALTY_OF_UNKNOWN = 10.0  # below the lowest score, as in SentencePiece
BASE = 0x9E3779B97F4A7C15  # any large odd number: hashes are polynomials in it, modulo 2 ** 64
ROWS = 1024  # limits the memory for long texts

Piece = tuple[int, int, float]
"""The position behind a piece, its token id and its score."""


class Tokenizer:
    """Returns the token ids of texts, without those of begin and end."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._normal = vocabulary.normal
        self._unknown = vocabulary.unknown
        self._scores = vocabulary.scores
        self._score_of_unknown = float(vocabulary.scores.min()) - PENALTY_OF_UNKNOWN
        points, starts, lengths = _pieces(vocabulary)
        self._max_length = int(lengths.max())
        self._powers = np.array([pow(BASE, place, 2**64) for place in range(self._max_length)], np.uint64)
        hashes = np.zeros(len(lengths), np.uint64)
        for place, power in enumerate(self._powers):
            reached = np.flatnonzero(lengths > place)
            hashes[reached] += (points[starts[reached] + place] + np.uint64(1)) * power
        hashes[self._unknown] = 0  # text that spells <unk> is no unknown piece
        order = np.argsort(hashes).astype(np.int32)
        self._hashes, self._ids, self._lengths = hashes[order], order, lengths[order].astype(np.uint8)

    def tokens(self, text: str) -> list[int]:
        text = SPACES.sub(" ", text.translate(self._normal))
        marked = (text if text.startswith(" ") else f" {text}").replace(" ", SPACE)
        # A lone surrogate has no UTF-8 form and no piece.
        points = np.frombuffer(marked.encode("utf-32-le", "surrogatepass"), "<u4")
        best = [0.0] + [-np.inf] * len(points)
        token, begin = [self._unknown] * len(best), list(range(-1, len(points)))
        for start, pieces in enumerate(self._pieces_by_start(points)):
            for end, piece, score in [*pieces, (start + 1, self._unknown, self._score_of_unknown)]:
                if best[start] + score > best[end]:
                    best[end], token[end], begin[end] = best[start] + score, piece, start
        return _path_to_end(token, begin)

    def _pieces_by_start(self, points: NDArray[np.uint32]) -> Iterator[list[Piece]]:
        """Yield the pieces that begin at every position."""
        padded = np.concatenate([points.astype(np.uint64) + np.uint64(1), np.zeros(self._max_length, np.uint64)])
        windows = sliding_window_view(padded, self._max_length)[: len(points)]
        for first in range(0, len(points), ROWS):
            hashes = np.cumsum(windows[first : first + ROWS] * self._powers, axis=1, dtype=np.uint64)
            places = np.searchsorted(self._hashes, hashes).clip(max=len(self._hashes) - 1)
            lengths = np.arange(1, self._max_length + 1)
            rows, columns = np.nonzero((self._hashes[places] == hashes) & (self._lengths[places] == lengths))
            ids = self._ids[places[rows, columns]]
            pieces: list[list[Piece]] = [[] for _ in hashes]
            ends = rows + columns + first + 1
            for row, *piece in zip(rows.tolist(), ends.tolist(), ids.tolist(), self._scores[ids].tolist(), strict=True):
                pieces[row].append(tuple(piece))
            yield from pieces


def _pieces(vocabulary: Vocabulary) -> tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.int32]]:
    """Return the code points of all pieces in a row, where each piece begins, and its number of code points."""
    is_start = (np.frombuffer(vocabulary.text, np.uint8) & 0xC0) != 0x80
    before = np.concatenate([[0], np.cumsum(is_start, dtype=np.int32)])[vocabulary.offsets].astype(np.int32)
    points = np.frombuffer(vocabulary.text.decode().encode("utf-32-le"), "<u4").astype(np.uint64)
    return points, before[:-1], np.diff(before)


def _path_to_end(token: list[int], begin: list[int]) -> list[int]:
    path, position = [], len(token) - 1
    while position > 0:
        path.append(token[position])
        position = begin[position]
    return path[::-1]
