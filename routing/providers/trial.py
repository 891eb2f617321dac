"""Whether a deployment answers, over TLS that is trusted, and takes its credential.

Asked as answers are, over checked connections and without following a redirect, for the list of its
models: that is free, and no text of anybody leaves. Clouds that have no such list are asked for
nothing, so only a call tells what they make of the credential.
"""

import asyncio
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import orjson
import structlog
from yarl import URL

from routerproject.shared.references import RefusedReference
from routing.errors import ProviderFailed
from routing.providers.base import API_VERSION, HOP
from routing.providers.clients import endpoint_of
from routing.providers.connections import open_session
from routing.providers.openai import completions_url
from routing.providers.wire import ERRORS, Answer, read
from usage.catalog import Deployment

LONGEST_SECONDS: Final = 10.0
HEADERS: Final = {"accept": "application/json", "accept-encoding": "identity", HOP: "1"}
# Protocols whose list of models shows whether the credential is taken.
LISTING: Final = frozenset({"anthropic", "openai"})
BROKEN: Final = "The connection broke."
NO_LIST: Final = "It answers with something that is no list of models."
_UNCONNECTED: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (
        aiohttp.ClientConnectorCertificateError,
        "Its certificate is not trusted, has run out, or is another name's.",
    ),
    (aiohttp.ClientSSLError, "There is no TLS at the address."),
    (aiohttp.ClientConnectorDNSError, "The name of the address leads nowhere."),
    (TimeoutError, "Nothing came in time."),
    (aiohttp.ClientConnectorError, "Nobody answers at the address."),
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it, in words without an address or a credential."""

    is_good: bool
    text: str


async def tried(place: Deployment) -> Trial:
    """Return whether a deployment can be called as it is set up, as this process sees it."""
    found = await _tried(place)
    log.info("deployment.tried", deployment=place.slug, is_good=found.is_good)
    return found


async def _tried(place: Deployment) -> Trial:
    try:
        base_url, api_key = endpoint_of(place)
    except RefusedReference as refused:
        return Trial(False, str(refused))
    if not base_url:
        return Trial(False, "The reference leads to no address.")
    if not (api_key or place.is_on_premise):
        return Trial(False, "The reference leads to no credential.")
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            status, content = await _asked(place.protocol, base_url, api_key)
    except (*ERRORS, TimeoutError) as error:
        return Trial(False, _why(error))
    except ProviderFailed as failure:
        is_broken = str(failure.extra.get("outcome", "")).startswith("broken-")
        return Trial(False, BROKEN if is_broken else NO_LIST)
    return _judged(place, status, content)


async def _asked(protocol: str, base_url: str, api_key: str) -> tuple[int, bytes]:
    url, headers = URL(base_url), dict(HEADERS)
    if protocol in LISTING:
        url = _list_of(protocol, base_url)
        headers |= {"authorization": f"Bearer {api_key}"} if api_key else {}
        headers |= {"anthropic-version": API_VERSION} if protocol == "anthropic" else {}
    async with (
        open_session(urlsplit(base_url).scheme) as session,
        session.get(url, headers=headers, allow_redirects=False) as answer,
    ):
        chunks = answer.content.iter_any()
        return answer.status, await read(Answer(answer.status, answer.headers, chunks))


def _list_of(protocol: str, base_url: str) -> URL:
    if protocol == "openai":
        return completions_url(base_url).parent.parent / "models"
    return URL(base_url.rstrip("/")) / "v1/models" % {"limit": 1_000}


def _why(error: BaseException) -> str:
    known = (words for kind, words in _UNCONNECTED if isinstance(error, kind))
    return next(known, BROKEN)


def _judged(place: Deployment, status: int, content: bytes) -> Trial:
    if 300 <= status < 400:
        return Trial(False, f"It answers with a redirect ({status}), which no call follows.")
    if place.protocol not in LISTING:
        return Trial(True, "It answers. Whether it takes the credential, only a call tells.")
    if status in (401, 403):
        return Trial(False, f"It answers, and does not take the credential ({status}).")
    if status != 200:
        return Trial(False, f"It answers {status} where its list of models should be.")
    return _listed(place, content)


def _listed(place: Deployment, content: bytes) -> Trial:
    try:
        listed = {str(model["id"]) for model in orjson.loads(content)["data"]}
    except (ValueError, KeyError, TypeError):
        return Trial(False, NO_LIST)
    name = place.provider_model_id or place.model_id
    if name not in listed:
        told = f"It answers and takes the credential, but does not list {name}."
        return Trial(False, f"{told} A name of its own for the model may be missing here.")
    return Trial(True, f"It answers, takes the credential and lists {name}.")
