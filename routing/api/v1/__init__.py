"""Addresses in the providers' own schemas, so that their clients need only another base URL."""
