"""Answers kept in Redis, sealed, for exactly the same request (docs/adr/0004).

    looked = await answers.look_up(place, patience_seconds=...)
    if looked.found: ...                 # answered without a call
    with looked.flight as flight:        # nobody else asks the same meanwhile
        flight.keep(await call())

Redis may vanish at any moment: then every request is a miss.
"""

from routing.cache.answers import OFF, AnswerCache, Flight, Looked
from routing.cache.entry import StoredReply, is_keepable
from routing.cache.place import TENANT, Place, place_of

__all__ = [
    "OFF",
    "TENANT",
    "AnswerCache",
    "Flight",
    "Looked",
    "Place",
    "StoredReply",
    "is_keepable",
    "place_of",
]
