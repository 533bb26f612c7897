"""Cells of spreadsheets: their formats, and their writing."""
