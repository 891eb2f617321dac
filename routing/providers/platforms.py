"""Anthropic's models on other clouds: Google's Vertex AI and Amazon's Bedrock.

Both take a Messages request without its model, which is part of the address, and say its version
in the body. Vertex streams the usual events, Bedrock the same in binary frames. The vendor's
clients for both are used with everything they would look for elsewhere (regions, projects, tokens,
profiles, the machine's metadata service) given to them.
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx2
from anthropic.lib.bedrock import AsyncAnthropicBedrock
from anthropic.lib.vertex import AsyncAnthropicVertex

from routerproject.shared import clock
from routerproject.shared.aws_signature import Credentials, credentials_of, signed_headers
from routing.betas import HEADER
from routing.providers.anthropic_stream import AnthropicStream
from routing.providers.carrier import OPTIONS, Carrier, Stated
from routing.providers.claude import Claude, stated_headers
from routing.providers.event_frames import FrameReader

FRAMES: Final = "application/vnd.amazon.eventstream"
SERVICE: Final = "bedrock"
BEDROCK_HEADERS: Final = stated_headers(AsyncAnthropicBedrock)
VERTEX_HEADERS: Final = stated_headers(AsyncAnthropicVertex)
UNKNOWN: Final = "unknown"  # the SDK asks the environment for a region that is not given
_REGION: Final = re.compile(r"\.([a-z]{2}(?:-[a-z]+)+-\d)\.")
_PLACE: Final = re.compile(r"/projects/([^/]+)/locations/([^/]+)$")


class Vertex(Claude):
    """The address ends with the place, `/v1/projects/P/locations/L`; the key is an access token."""

    def __init__(self, *, base_url: str, api_key: str, model: str) -> None:
        base_url = base_url.rstrip("/")
        place = _PLACE.search(base_url)
        client = VertexClient(
            access_token=api_key,
            project_id=place[1] if place else UNKNOWN,
            region=place[2] if place else UNKNOWN,
            base_url=base_url[: place.start()] if place else base_url,
            http_client=Carrier(
                scheme=urlsplit(base_url).scheme, headers=(*VERTEX_HEADERS, HEADER)
            ),
            **OPTIONS,
        )
        super().__init__(client, headers=VERTEX_HEADERS)
        self._models = f"{base_url}/publishers/anthropic/models"
        self._address = f"{self._models}/{quote(model, safe='@:')}"

    async def count(self, body: bytes) -> int:
        """Return how many input tokens a body has, which names its model here."""
        return await self._counted(f"{self._models}/count-tokens:rawPredict", body)

    def _url(self, *, is_stream: bool) -> str:
        return f"{self._address}:{'streamRawPredict' if is_stream else 'rawPredict'}"


class VertexClient(Stated, AsyncAnthropicVertex):
    """The SDK's client for Vertex."""


class FramedStream(AnthropicStream):
    """A stream whose events come in Amazon's binary frames."""

    media_type = FRAMES
    reader_kind = FrameReader

    @staticmethod
    def request_id_in(headers: Mapping[str, str]) -> str:
        return headers.get("x-amzn-requestid") or headers.get("request-id", "")


class Bedrock(Claude):
    """The key is one of Bedrock's own, or the JSON of an identity's, which then signs each call."""

    stream_kind = FramedStream

    def __init__(self, *, base_url: str, api_key: str, model: str) -> None:
        base_url = base_url.rstrip("/")
        found = _REGION.search(base_url)
        region = found[1] if found else ""
        is_identity = api_key.startswith("{")
        client = SigningClient(
            identity=credentials_of(api_key, region=region) if is_identity else None,
            api_key="" if is_identity else api_key,
            aws_region=region or UNKNOWN,
            base_url=base_url,
            http_client=Carrier(scheme=urlsplit(base_url).scheme, headers=BEDROCK_HEADERS),
            **OPTIONS,
        )
        super().__init__(client, headers=BEDROCK_HEADERS)
        self._address = f"{base_url}/model/{quote(model, safe=':')}"

    def _url(self, *, is_stream: bool) -> str:
        return f"{self._address}/{'invoke-with-response-stream' if is_stream else 'invoke'}"


class SigningClient(Stated, AsyncAnthropicBedrock):
    """The SDK's client for Bedrock, which signs with the identity that it was given.

    Its own way asks boto3, which reads the profiles that the environment names, and fails where one
    of them is missing, even when the keys are given.
    """

    def __init__(self, *, identity: Credentials | None, **options: Any) -> None:
        super().__init__(**options)
        self._identity = identity

    async def _prepare_request(self, request: httpx2.Request) -> None:
        """Add the credential of a call: the SDK's place for that, before it sends a request."""
        if self._identity is None:
            await super()._prepare_request(request)
            return
        signature = signed_headers(
            self._identity,
            service=SERVICE,
            method=request.method,
            url=str(request.url),
            headers={"content-type": request.headers["content-type"]},
            body=request.content,
            at=clock.now(),
        )
        request.headers.update(signature)
