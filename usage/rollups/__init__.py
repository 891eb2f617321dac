"""Hourly sums of requests and calls: made from the rows, kept true, read in the rows' place."""

from usage.rollups.reading import Reading
from usage.rollups.scope import Scope

__all__ = ["Reading", "Scope"]
