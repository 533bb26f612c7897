"""The pages of stored feedback records."""
