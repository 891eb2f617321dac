"""Features on trial that a caller may switch on: the values of `anthropic-beta`, by allow-list.

Each protocol that speaks Anthropic's Messages has a list of its own, since other clouds refuse a
request that names a value they do not take. What is on no list is left out. Pure, but for the
settings that hold the lists.
"""

from collections.abc import Mapping
from typing import Final

from django.conf import settings

from routing.types import Caution

HEADER: Final = "anthropic-beta"
BY_HEADER: Final = frozenset({"anthropic", "vertex"})  # Bedrock takes them in the body
LISTS: Final = {
    "anthropic": "ANTHROPIC_BETAS",
    "bedrock": "BEDROCK_BETAS",
    "vertex": "VERTEX_BETAS",
}

DROPPED: Final = Caution(
    "beta-dropped", "Not all values of anthropic-beta pass to the model that answers."
)

Betas = Mapping[str, tuple[str, ...]]  # protocol -> the values that pass there, sorted


def asked_for(header: str) -> frozenset[str]:
    """Return the values that a caller's header names."""
    return frozenset(filter(None, (value.strip() for value in header.split(","))))


def passing(header: str) -> Betas:
    """Return which values of a caller's header pass, by protocol. The lists alone say what may."""
    asked = asked_for(header)
    found = {name: asked & getattr(settings, listed) for name, listed in LISTS.items()}
    return {name: tuple(sorted(values)) for name, values in found.items() if values}


def all_of(betas: Betas) -> frozenset[str]:
    """Return the values that pass somewhere."""
    return frozenset().union(*betas.values())


def headers_for(protocol: str, betas: Betas) -> dict[str, str]:
    """Return the header of one call; empty where nothing passes or the body says it."""
    values = betas.get(protocol, ())
    return {HEADER: ",".join(values)} if values and protocol in BY_HEADER else {}
