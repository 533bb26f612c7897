"""Run the BERT encoder of multilingual-e5-small in numpy: token ids to text vectors.

The tokens of all texts are rows of one matrix, so that a weight matrix is unpacked once for a batch; attention runs
text by text. A text's vector is the mean of its tokens' (Wang et al. 2024, multilingual E5).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inference.embeddings.embedder import Vectors
from inference.embeddings.weights import Weights

Floats = NDArray[np.float32]

ROWS_IN_CACHE = 64  # of a processor: elementwise work in slices is twice as fast
# Abramowitz and Stegun (1964), 7.1.26: the complementary error function, to 1.5e-7.
ERFC = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
ERFC_STEP = 0.3275911


def encode(weights: Weights, texts: Sequence[Sequence[int]]) -> Vectors:
    """Return the mean vectors of texts, shape (texts, width), not of unit length.

    texts: token ids with begin and end, none of them empty or longer than max_tokens.
    """
    lengths = np.array([len(text) for text in texts], np.int32)
    ends = np.cumsum(lengths)
    spans = list(zip(ends - lengths, ends, strict=True))
    rows = _embedded(weights, texts)
    for layer in range(weights.layers):
        rows = _layer(weights, f"l{layer}", rows, spans)
    sums = np.add.reduceat(rows, ends - lengths, axis=0)
    return np.asarray(sums / lengths[:, None].astype(np.float32))


def _embedded(weights: Weights, texts: Sequence[Sequence[int]]) -> Floats:
    rows = weights.word_vectors(np.concatenate([np.array(text, np.int32) for text in texts]))
    positions = np.concatenate([np.arange(len(text)) for text in texts])
    rows += weights.floats("emb.pos").reshape(-1, weights.width)[positions]
    rows += weights.floats("emb.type")[: weights.width]
    return _normalised(weights, "emb.ln", rows)


def _layer(weights: Weights, layer: str, rows: Floats, spans: Sequence[tuple[int, int]]) -> Floats:
    queries, keys, values = (_times(weights, f"{layer}.{name}", rows) for name in "qkv")
    attended = _attention(queries, keys, values, spans, weights.heads)
    rows = _normalised(weights, f"{layer}.aln", rows + _times(weights, f"{layer}.ao", attended))
    inner = _gelu(_times(weights, f"{layer}.fi", rows))
    return _normalised(weights, f"{layer}.oln", rows + _times(weights, f"{layer}.fo", inner))


def _times(weights: Weights, name: str, rows: Floats) -> Floats:
    product = rows @ weights.matrix(name).T
    product += weights.floats(f"{name}.b")
    return product


def _normalised(weights: Weights, name: str, rows: Floats) -> Floats:
    """Normalise the layer in place."""
    rows -= rows.mean(axis=1, keepdims=True)
    variances = np.einsum("ij,ij->i", rows, rows) / rows.shape[1]
    rows *= (1 / np.sqrt(variances + np.float32(weights.epsilon)))[:, None]
    rows *= weights.floats(f"{name}.w")
    rows += weights.floats(f"{name}.b")
    return rows


def _attention(queries: Floats, keys: Floats, values: Floats, spans: Sequence[tuple[int, int]], heads: int) -> Floats:
    width = queries.shape[1] // heads
    queries *= np.float32(width**-0.5)
    attended = np.empty_like(queries)
    for start, end in spans:
        query, key, value = (
            part[start:end].reshape(-1, heads, width).transpose(1, 0, 2) for part in (queries, keys, values)
        )
        shares = query @ key.transpose(0, 2, 1)
        shares -= shares.max(axis=-1, keepdims=True)
        np.exp(shares, out=shares)
        shares /= shares.sum(axis=-1, keepdims=True)
        attended[start:end] = (shares @ value).transpose(1, 0, 2).reshape(end - start, -1)
    return attended


def _gelu(rows: Floats) -> Floats:
    """Apply GELU, x times the normal distribution function of x, in place."""
    for start in range(0, len(rows), ROWS_IN_CACHE):
        part = rows[start : start + ROWS_IN_CACHE]
        size = np.abs(part) * np.float32(0.5**0.5)
        step = 1 / (1 + np.float32(ERFC_STEP) * size)
        tail = np.float32(ERFC[0]) * step
        for coefficient in ERFC[1:]:
            tail += np.float32(coefficient)
            tail *= step
        size *= -size
        tail *= np.exp(size, out=size)
        tail *= part
        tail *= np.float32(0.5)
        np.subtract(np.maximum(part, 0), np.abs(tail), out=part)
    return rows
