"""Answers about batches: their results, their figures, and their files."""
