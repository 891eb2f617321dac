"""The vendor's clients send what was scanned, to the address that was given, and nothing else."""

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import pytest

from routing.errors import ProviderAmbiguous, ProviderFailed
from routing.providers.base import MAX_REPLY_BYTES, Provider
from routing.providers.clients import client_class

BODY = b'{ "b" :1,\n"a":[ 1.50, "\\u00fc"], "model":"m"}'  # as no serializer would write it
IDENTITY = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "hidden", "region": "us-east-1"}
PLACE = "/v1/projects/clinic/locations/europe-west1"
MODEL = "anthropic.claude-haiku-4-5-20251001-v1:0"
SIGNED = ("x-amz-date", "host", "content-length", "authorization")


@dataclass
class Listener:
    """A server that keeps what reached it and gives one answer to all."""

    answer: bytes = b"HTTP/1.1 400 No\r\ncontent-length: 2\r\n\r\n{}"
    received: list[tuple[bytes, bytes]] = field(default_factory=list)  # head, body
    base_url: str = ""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.received.append((head, await reader.readexactly(len(BODY))))
        try:
            writer.write(self.answer)
            await writer.drain()
        except ConnectionError:
            pass  # nobody reads on
        finally:
            writer.close()

    @property
    def headers(self) -> dict[str, str]:
        ((head, _),) = self.received
        lines = head.decode().split("\r\n")[1:-2]
        return {name.lower(): value for name, _, value in (each.partition(": ") for each in lines)}


@asynccontextmanager
async def listening(answer: bytes = Listener.answer) -> AsyncIterator[Listener]:
    found = Listener(answer)
    server = await asyncio.start_server(found.handle, "127.0.0.1", 0)
    found.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield found
    finally:
        server.close()
        await server.wait_closed()


def direct(base_url: str) -> Provider:
    return client_class("anthropic")(base_url=base_url, api_key="hidden")


def signing(base_url: str) -> Provider:
    return client_class("bedrock")(base_url=base_url, api_key=json.dumps(IDENTITY), model=MODEL)


def with_key(base_url: str) -> Provider:
    return client_class("bedrock")(base_url=base_url, api_key="hidden", model=MODEL)


def vertex(base_url: str) -> Provider:
    return client_class("vertex")(base_url=base_url + PLACE, api_key="hidden", model="m@1")


CLIENTS = pytest.mark.parametrize("client", [direct, signing, with_key, vertex])
Opened = Callable[[str], Provider]


def hostile(elsewhere: str, folder: Path) -> dict[str, str]:
    """Return what an environment may say to lead the vendors' tools astray."""
    (folder / "config").write_text("[default]\nregion = evil-north-1\n")
    evil = "Authorization: Bearer evil\nX-Evil: 1\nUser-Agent: evil\nAnthropic-Version: 2020-01-01"
    proxies = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy")
    addresses = ("ANTHROPIC_BASE_URL", "ANTHROPIC_BEDROCK_BASE_URL", "ANTHROPIC_VERTEX_BASE_URL")
    return {
        **dict.fromkeys((*proxies, *addresses, "AWS_ENDPOINT_URL"), elsewhere),
        **dict.fromkeys(("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"), "evil"),
        **dict.fromkeys(("AWS_BEARER_TOKEN_BEDROCK", "AWS_ACCESS_KEY_ID"), "evil"),
        **dict.fromkeys(("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), "evil"),
        **dict.fromkeys(("ANTHROPIC_PROFILE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"), "nobody"),
        **dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION", "CLOUD_ML_REGION"), "evil-north-1"),
        **dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), str(folder / "config")),
        "ANTHROPIC_CONFIG_DIR": str(folder),
        "ANTHROPIC_CUSTOM_HEADERS": evil,
        "ANTHROPIC_VERTEX_PROJECT_ID": "evil",
        "GOOGLE_APPLICATION_CREDENTIALS": str(folder / "config"),
        "NO_PROXY": "",
    }


async def refused(client: Provider) -> ProviderFailed:
    """Return how a call of this body fails."""
    try:
        with pytest.raises(ProviderFailed) as failed:
            await client.send(BODY, model_id="m")
    finally:
        await client.close()
    return failed.value


@CLIENTS
async def test_very_bytes_leave_with_the_very_headers_that_were_scanned(client: Opened):
    async with listening() as provider:
        opened = client(provider.base_url)
        await refused(opened)
    ((_, body),) = provider.received
    assert body == BODY
    assert provider.headers.items() >= dict(opened.headers).items()
    assert provider.headers.keys() - opened.headers.keys() <= set(SIGNED)


@CLIENTS
async def test_environment_changes_nothing(
    client: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """No address, credential, profile, proxy or header of it is used; nothing looks for one."""
    async with listening() as provider, listening() as elsewhere:
        for name, value in hostile(elsewhere.base_url, tmp_path).items():
            monkeypatch.setenv(name, value)
        opened = client(provider.base_url)
        await refused(opened)
    assert elsewhere.received == []
    assert "evil" not in str(provider.received).lower()
    assert provider.headers.items() >= dict(opened.headers).items()
    assert "x-evil" not in provider.headers
    if client is signing:
        assert "Credential=AKIDEXAMPLE/" in provider.headers["authorization"]
        assert "/us-east-1/bedrock/aws4_request" in provider.headers["authorization"]
    else:
        assert provider.headers["authorization"] == "Bearer hidden"
    assert not {"boto3", "botocore", "google.auth"} & sys.modules.keys()


@CLIENTS
async def test_redirect_is_an_answer_and_not_followed(client: Opened):
    async with listening() as elsewhere:
        moved = (
            f"HTTP/1.1 307 There\r\nlocation: {elsewhere.base_url}/\r\ncontent-length: 0\r\n\r\n"
        )
        async with listening(moved.encode()) as provider:
            failure = await refused(client(provider.base_url))
    assert isinstance(failure, ProviderAmbiguous)
    assert (len(provider.received), elsewhere.received) == (1, [])


@pytest.mark.parametrize("protocol", ["bedrock", "vertex"])
@pytest.mark.parametrize(
    "name",
    ["m#@elsewhere.example/", "../../../x", "m?key=1", "//elsewhere.example/m", "a b\r\nx: y"],
)
async def test_name_of_a_model_changes_no_address(protocol: str, name: str):
    """It is part of the path there; what an admin types is one segment of it, whatever it is."""
    async with listening() as provider:
        base_url = provider.base_url + (PLACE if protocol == "vertex" else "")
        client = client_class(protocol)(base_url=base_url, api_key="hidden", model=name)
        await refused(client)
    ((head, _),) = provider.received
    path = head.split()[1].decode()
    front = f"{PLACE}/publishers/anthropic/models/" if protocol == "vertex" else "/model/"
    segment = path.removeprefix(front).removesuffix("/invoke").removesuffix(":rawPredict")
    assert path.startswith(front)
    assert unquote(segment) == name
    assert not set("/#? ") & set(segment)


@CLIENTS
@pytest.mark.parametrize("status", [b"500 Broken", b"429 Busy", b"503 Away"])
async def test_call_is_sent_once_whatever_the_answer_advises(client: Opened, status: bytes):
    advice = b"\r\nx-should-retry: true\r\nretry-after: 0\r\ncontent-length: 2\r\n\r\n{}"
    async with listening(b"HTTP/1.1 " + status + advice) as provider:
        await refused(client(provider.base_url))
    assert len(provider.received) == 1


@pytest.mark.parametrize(
    ("head", "content", "outcome"),
    [
        (b"content-encoding: gzip\r\n", b"\x1f\x8b", "reply-encoded"),
        (b"", b"x" * (MAX_REPLY_BYTES + 1), "reply-too-large"),
    ],
    ids=["packed", "endless"],
)
async def test_error_is_read_within_the_bounds_of_any_answer(
    head: bytes, content: bytes, outcome: str
):
    """The SDK would unpack it, and read it whole to quote it."""
    answer = b"HTTP/1.1 500 Broken\r\n" + head + b"content-length: %d\r\n\r\n" % len(content)
    async with listening(answer + content) as provider:
        failure = await refused(direct(provider.base_url))
    assert (type(failure), failure.extra["outcome"]) == (ProviderAmbiguous, outcome)


@pytest.mark.parametrize("name", ["anthropic", "httpx2"])
def test_sdk_says_nothing_to_the_log(name: str):
    """What it says at these levels quotes bodies, and a variable of the environment raises them."""
    client_class("anthropic")
    logger = logging.getLogger(name)
    before = logger.level
    try:
        logger.setLevel(logging.DEBUG)
        assert not logger.isEnabledFor(logging.CRITICAL)
    finally:
        logger.setLevel(before)
