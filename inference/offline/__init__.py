"""The offline engine, which answers all operations without a network or model weights, and signs its answers."""
