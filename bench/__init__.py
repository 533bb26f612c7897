"""Load benchmarks of the real server, beside the cheapest callers of the same provider: `python -m bench`."""
