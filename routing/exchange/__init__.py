"""Catalog, routes and experiments as one document: exported, planned, imported."""
