"""The close of a month: bills held against the ledger, then a lock, then statements."""
