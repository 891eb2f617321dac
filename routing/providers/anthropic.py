"""Anthropic's Messages API, asked directly through the vendor's own client (docs/adr/0008)."""

from typing import Final
from urllib.parse import urlencode, urlsplit

import anthropic

from routing import betas
from routing.providers.base import API_VERSION
from routing.providers.carrier import OPTIONS, Carrier, Stated
from routing.providers.claude import Claude, stated_headers

HEADERS: Final = stated_headers(anthropic.AsyncAnthropic, **{"anthropic-version": API_VERSION})


class Anthropic(Claude):
    """One deployment of the Messages API."""

    def __init__(self, *, base_url: str, api_key: str) -> None:
        client = DirectClient(
            api_key=api_key,
            base_url=base_url,
            http_client=Carrier(
                scheme=urlsplit(base_url).scheme, headers=(*HEADERS, "authorization", betas.HEADER)
            ),
            **OPTIONS,
        )
        super().__init__(client, headers=HEADERS, key=api_key)
        self._root = f"{base_url.rstrip('/')}/v1"
        self._address = f"{self._root}/messages"

    async def count(self, body: bytes) -> int:
        """Return how many input tokens a body has."""
        return await self._counted(f"{self._address}/count_tokens", body)

    async def page_of_models(self, *, limit: int, after: str = "") -> bytes:
        """Return a page of the list of models, from the one after a model's id."""
        query = urlencode({"limit": limit, **({"after_id": after} if after else {})})
        _, content = await self._whole(f"{self._root}/models?{query}", None)
        return content

    def _url(self, *, is_stream: bool) -> str:
        return self._address


class DirectClient(Stated, anthropic.AsyncAnthropic):
    """The SDK's client for Anthropic's own address."""
