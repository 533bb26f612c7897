"""Parts of a running operation: its origin, its model calls and its ledger rows."""
