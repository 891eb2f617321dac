"""Which models a vendor lists today, asked as any call is and held beside the catalog.

For the worker alone.
"""

import asyncio
from collections import defaultdict
from datetime import date
from typing import Final

import orjson
import structlog

from routerproject.shared import references, secret_store
from routerproject.shared.references import RefusedReference
from routing.errors import ProviderFailed
from routing.providers.anthropic import Anthropic
from routing.providers.clients import endpoint_of
from usage import configuration, lifecycle
from usage.catalog import Catalog, Deployment

PROTOCOL: Final = "anthropic"  # the platforms of clouds list their models in other ways
TIMEOUT_SECONDS: Final = 20.0
PAGE: Final = 1_000  # the most that one page holds
MOST: Final = 10_000  # a list that never ends is none

log = structlog.get_logger(__name__)


class NoList(Exception):
    """A vendor that did not say which models it has; `reason` is a code without any value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def compare(today: date) -> None:
    """Note which live models are listed nowhere any more, and which are back.

    A model of which no place could be asked keeps what was noted of it.
    """
    catalog = configuration.load_catalog()
    secret_store.read_now(_kept_references(catalog))
    lists: dict[tuple[str, str], frozenset[str] | None] = {}
    seen: dict[str, list[bool]] = defaultdict(list)
    for model_id, places in catalog.deployments.items():
        for place in places:
            endpoint = _endpoint(place)
            if endpoint is None:
                continue
            if endpoint not in lists:
                lists[endpoint] = _list_of(place, *endpoint)
            listed = lists[endpoint]
            if listed is not None:
                names = {model_id, place.provider_model_id, *catalog.models[model_id].aliases}
                seen[model_id].append(bool(names & listed))
    lifecycle.note_listed({model_id: any(found) for model_id, found in seen.items()}, today)


def listed_models(*, base_url: str, api_key: str) -> frozenset[str]:
    """Return the ids of all models that are listed. Free of charge, and no text of ours leaves.

    Asked as answers are: over checked connections, once, without following a redirect. Raises
    NoList.
    """
    try:
        found = asyncio.run(_listed(Anthropic(base_url=base_url, api_key=api_key)))
    except ProviderFailed as failure:
        raise NoList(str(failure.extra.get("outcome", failure.problem))) from None
    except TimeoutError:
        raise NoList("timeout") from None
    except (KeyError, TypeError, ValueError):
        raise NoList("unreadable") from None
    if not found:
        raise NoList("empty")
    return found


async def _listed(client: Anthropic) -> frozenset[str]:
    found: set[str] = set()
    after = ""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while True:
                page = orjson.loads(await client.page_of_models(limit=PAGE, after=after))
                found.update(str(model["id"]) for model in page["data"])
                if len(found) > MOST:
                    raise NoList("endless")
                if not page["has_more"]:
                    return frozenset(found)
                after = str(page["last_id"])
    finally:
        await client.close()


def _kept_references(catalog: Catalog) -> frozenset[str]:
    """Return the references to Vault and AWS that lead to places that can be asked."""
    places = (place for each in catalog.deployments.values() for place in each)
    asked = [place for place in places if place.protocol == PROTOCOL]
    found = (ref for place in asked for ref in (place.base_url_ref, place.credential_ref))
    return frozenset(filter(references.is_kept, found))


def _endpoint(place: Deployment) -> tuple[str, str] | None:
    """Return address and credential of a place that can be asked."""
    if place.protocol != PROTOCOL:
        return None
    try:
        base_url, api_key = endpoint_of(place)
    except RefusedReference:
        return None
    return (base_url, api_key) if base_url and api_key else None


def _list_of(place: Deployment, base_url: str, api_key: str) -> frozenset[str] | None:
    try:
        return listed_models(base_url=base_url, api_key=api_key)
    except NoList as failure:
        log.warning("models.no_list", deployment=place.slug, reason=failure.reason)
        return None
