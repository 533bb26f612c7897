"""Read files of every format into one table."""
