"""Rows of the catalog as a document has them: read, compared, put in."""
