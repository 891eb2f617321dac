"""What the router is measured beside: stock Django, one async view that forwards to the provider.

No key, no masking, no ledger. Started as `uvicorn bench.stock_proxy:application`.
"""

import os
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import path

UPSTREAM = os.environ["UPSTREAM_URL"]

if not settings.configured:
    settings.configure(
        SECRET_KEY="bench",  # noqa: S106
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        MIDDLEWARE=[],
        DATABASES={},
        USE_TZ=True,
    )

_session: aiohttp.ClientSession | None = None
# The provider closes idle connections after 5 seconds; one used at that moment breaks a stream.
KEEPALIVE_SECONDS = 4.0

HEADERS = {
    "content-type": "application/json",
    "anthropic-version": "2026-10-21",
    "authorization": "Bearer sandbox",
}


async def forward(request: HttpRequest) -> HttpResponseBase:
    """Send the body on as it is and return the answer as it comes."""
    if b'"stream": true' in request.body:
        return StreamingHttpResponse(_chunks(request.body), content_type="text/event-stream")
    async with _posted(request.body) as answer:
        return HttpResponse(
            await answer.read(), status=answer.status, content_type="application/json"
        )


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    async with _posted(body) as answer:
        async for chunk in answer.content.iter_any():
            yield chunk


def _posted(body: bytes) -> Any:
    global _session
    if _session is None:
        connector = aiohttp.TCPConnector(limit=500, keepalive_timeout=KEEPALIVE_SECONDS)
        _session = aiohttp.ClientSession(connector=connector)
    return _session.post(f"{UPSTREAM}/v1/messages", data=body, headers=HEADERS)


urlpatterns = [path("v1/messages", forward)]
application = get_asgi_application()
