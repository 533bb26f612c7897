"""The offline engine: answers every operation without a network or weights, and says so."""
