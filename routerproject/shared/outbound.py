"""The one client for calls that are no model calls: patient records, secrets and webhooks.

It speaks to addresses of the settings only, never to one from a request or a table. The address is
checked before the call and again for each connection, on the number it resolved to: a name of the
list that suddenly leads to the metadata service of a cloud leads nowhere. Redirects are answers
that are refused, proxies of the environment are not used, and an answer has a size and a time.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

LONGEST_CONNECT_SECONDS: Final = 2.0
MOST_CONNECTIONS: Final = 50
CHUNK_BYTES: Final = 64 << 10
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
# Where clouds answer a machine about itself, with its credentials, beside link-local addresses:
# Amazon over IPv6, Alibaba, Azure's agent.
OF_CLOUDS: Final = frozenset(map(ip_address, ("fd00:ec2::254", "100.100.100.200", "168.63.129.16")))
HEADERS: Final = {"accept": "application/json", "accept-encoding": "identity"}


class OutboundFailed(Exception):
    """A call that brought no answer that can be used; `reason` is a code without any value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: its status, and its JSON (None where an error came without)."""

    status: int
    document: Any


class Outbound:
    """Calls to a few origins (`https://host:port`), each connection checked.

    With `networks`, an address that a name resolves to must lie in one of them.
    """

    def __init__(self, origins: Iterable[str], *, networks: Iterable[str] = ()) -> None:
        self._origins = frozenset(origin_of(origin) for origin in origins)
        self._networks = tuple(ip_network(network) for network in networks)
        self._session: aiohttp.ClientSession | None = None

    async def get_json(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        timeout_seconds: float,
        most_bytes: int,
        parameters: Mapping[str, str] | None = None,
    ) -> Fetched:
        """Return the answer to a GET. Raises OutboundFailed with one of the codes
        `address-not-allowed`, `unreachable`, `timeout`, `redirected`, `too-large`, `not-json`.
        """
        asked = {"params": parameters, "headers": headers}
        return await self._json("GET", url, asked, timeout_seconds, most_bytes)

    async def post_json(
        self,
        url: str,
        body: bytes,
        *,
        headers: Mapping[str, str],
        timeout_seconds: float,
        most_bytes: int,
    ) -> Fetched:
        """Return the answer to a POST of these very bytes. Raises OutboundFailed as `get_json`."""
        asked = {"data": body, "headers": headers}
        return await self._json("POST", url, asked, timeout_seconds, most_bytes)

    async def post(
        self, url: str, body: bytes, *, headers: Mapping[str, str], timeout_seconds: float
    ) -> int:
        """Return the status of the answer to a POST of these very bytes; what it says is not read.

        Raises OutboundFailed as `get_json`.
        """
        asked = {"data": body, "headers": headers}
        async with self._answer("POST", url, asked, timeout_seconds) as answer:
            return answer.status

    async def _json(
        self,
        method: str,
        url: str,
        asked: Mapping[str, Any],
        timeout_seconds: float,
        most_bytes: int,
    ) -> Fetched:
        async with self._answer(method, url, asked, timeout_seconds) as answer:
            content = await _content(answer, most_bytes)
            if len(content) <= CHUNK_BYTES:
                return _fetched(answer.status, content)
            return await asyncio.to_thread(_fetched, answer.status, content)

    @asynccontextmanager
    async def _answer(
        self, method: str, url: str, asked: Mapping[str, Any], timeout_seconds: float
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Yield the answer to a call. Raises OutboundFailed, also for what happens in its block."""
        if origin_of(url) not in self._origins:
            raise OutboundFailed("address-not-allowed")
        try:
            async with (
                asyncio.timeout(timeout_seconds),
                self._open().request(
                    method,
                    URL(url, encoded=True),  # as the caller quoted it
                    allow_redirects=False,
                    **{**asked, "headers": {**HEADERS, **asked["headers"]}},
                ) as answer,
            ):
                if 300 <= answer.status < 400:
                    raise OutboundFailed("redirected")
                yield answer
        except TimeoutError:
            raise OutboundFailed("timeout") from None
        except (aiohttp.ClientError, OSError, ValueError):  # their words may quote the address
            raise OutboundFailed("unreachable") from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=MOST_CONNECTIONS,
                    socket_factory=partial(checked_socket, networks=self._networks),
                    ttl_dns_cache=60,
                ),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=LONGEST_CONNECT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session


def checked_socket(
    found: tuple[Any, Any, int, str, tuple[Any, ...]],
    networks: tuple[IPv4Network | IPv6Network, ...] = (),
) -> socket.socket:
    """Return a socket for a number that a name resolved to. Raises OSError if none may go there."""
    family, kind, protocol, _, address = found
    if not is_allowed_address(str(address[0]), networks):
        raise OSError("address not allowed")
    made = socket.socket(family, kind, protocol)
    made.setblocking(False)
    return made


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address, in one spelling. Raises OutboundFailed."""
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise OutboundFailed("address-not-allowed") from None
    if not parts.hostname or "@" in parts.netloc:
        raise OutboundFailed("address-not-allowed")
    return f"{parts.scheme}://{parts.hostname.lower().rstrip('.')}:{port}"


def is_allowed_address(number: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    """Tell whether an address may be connected to: never link-local (the metadata services of
    clouds live there), multicast or reserved ones; else what `networks` say."""
    address = ip_address(number.partition("%")[0])
    address = _behind(address)
    if (
        address in OF_CLOUDS
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
    ):
        return False
    if address.is_reserved and not address.is_loopback:
        return False
    return not networks or any(address in network for network in networks)


def _behind(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 one stands for (RFC 4291, 3056), else the address."""
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or address.sixtofour or address


async def _content(answer: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    content = bytearray()
    async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
        content += chunk
        if len(content) > most_bytes:
            raise OutboundFailed("too-large")
    return bytes(content)


def _fetched(status: int, content: bytes) -> Fetched:
    try:
        return Fetched(status, json.loads(content))
    except (ValueError, RecursionError):
        if status >= 400:
            return Fetched(status, None)
        raise OutboundFailed("not-json") from None
