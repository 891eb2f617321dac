"""One client per endpoint and process, opened at start or when first used, closed at shutdown."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Final

import structlog
from django.conf import settings
from django.utils.module_loading import import_string

from routerproject.shared import references, secret_store
from routerproject.shared.aws_signature import NoCredentials
from routerproject.shared.references import RefusedReference
from routing.errors import NotConfigured
from routing.providers.base import Provider
from usage.catalog import Deployment

SANDBOX_CREDENTIAL = "sandbox"  # the simulated provider accepts any
# Loaded when the first deployment needs it: the vendor's SDK takes 0.3 s and 25 MB, which no
# management command and no process that serves pages alone should pay.
CLIENTS: Final[Mapping[str, str]] = {
    "anthropic": "routing.providers.anthropic.Anthropic",
    "openai": "routing.providers.openai.OpenAI",
    "bedrock": "routing.providers.platforms.Bedrock",
    "vertex": "routing.providers.platforms.Vertex",
}
BY_MODEL: Final = frozenset({"bedrock", "vertex"})  # the model is part of the address there

log = structlog.get_logger(__name__)


class Clients:
    """The open clients of this process, by endpoint."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str, str, bool, str], Provider] = {}
        self._generation = 0  # of the secrets that they were opened with
        self._closing: set[asyncio.Task[None]] = set()

    def of(self, deployment: Deployment) -> Provider:
        """Return the client that speaks to a deployment.

        Raises NotConfigured when its protocol, address or credential is not set up, or not
        allowed.
        """
        if self._generation != secret_store.generation():
            self._renew()
        key = (
            deployment.protocol,
            deployment.base_url_ref,
            deployment.credential_ref,
            deployment.is_on_premise,
            _model_in_address(deployment),
        )
        if key not in self._open:
            self._open[key] = _client(deployment)
        return self._open[key]

    def open(self, deployments: Iterable[Deployment]) -> None:
        """Open the clients of all that are set up: a first one takes 50 ms, for which all wait."""
        for deployment in deployments:
            with suppress(NotConfigured):
                self.of(deployment)

    async def close(self) -> None:
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        for client in self._open.values():
            await client.close()
        self._open.clear()

    def _renew(self) -> None:
        """Open all clients anew for the calls to come; those under way keep theirs to their end."""
        self._generation = secret_store.generation()
        old, self._open = list(self._open.values()), {}
        task = asyncio.create_task(_close_later(old), name="clients with an old secret")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _close_later(clients: Iterable[Provider]) -> None:
    """Close clients when no call can use them any more, or at once when the process ends."""
    longest_ms = max(settings.MAX_REQUEST_DEADLINE_MS, settings.STREAM_DEADLINE_MS)
    try:
        await asyncio.sleep(longest_ms / 1000)
    finally:
        for client in clients:
            await client.close()


def load(protocols: Iterable[str]) -> None:
    """Load what speaks these protocols, so that no first request waits for it."""
    for protocol in CLIENTS.keys() & set(protocols):
        client_class(protocol)


def client_class(protocol: str) -> Callable[..., Provider]:
    """Return the class that speaks a protocol, loaded now if it was not. Raises NotConfigured."""
    if protocol not in CLIENTS:
        raise NotConfigured(outcome=f"no-client-for-{protocol}"[:48])
    found: Callable[..., Provider] = import_string(CLIENTS[protocol])
    return found


def _client(deployment: Deployment) -> Provider:
    client = client_class(deployment.protocol)
    try:
        base_url, api_key = endpoint_of(deployment)
    except RefusedReference as refused:
        log.error("provider.reference_refused", deployment=deployment.slug, reason=str(refused))
        base_url = api_key = ""
    if not base_url or not (api_key or deployment.is_on_premise):
        raise NotConfigured(outcome="deployment-not-configured")
    model = _model_in_address(deployment)
    named = {"model": model} if model else {}
    try:
        return client(base_url=base_url, api_key=api_key, **named)
    except NoCredentials as useless:
        log.error("provider.credential_useless", deployment=deployment.slug, reason=str(useless))
        raise NotConfigured(outcome="deployment-not-configured") from None


def _model_in_address(deployment: Deployment) -> str:
    if deployment.protocol not in BY_MODEL:
        return ""
    return deployment.provider_model_id or deployment.model_id


def endpoint_of(deployment: Deployment) -> tuple[str, str]:
    """Return address and credential. Raises RefusedReference."""
    base_url = references.address(deployment.base_url_ref, is_on_premise=deployment.is_on_premise)
    credential = references.resolve(deployment.credential_ref)
    return base_url, credential or (SANDBOX_CREDENTIAL if _is_simulated(base_url) else "")


def _is_simulated(base_url: str) -> bool:
    """Return whether an address is the sandbox's: text of a trial must reach no vendor."""
    if not settings.USES_SANDBOX:
        return False
    is_named = bool(settings.SANDBOX_URL) and base_url.startswith(settings.SANDBOX_URL)
    return is_named or references.is_on_this_machine(base_url)
