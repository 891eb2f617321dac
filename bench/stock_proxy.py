"""What the router is measured beside: stock Django, one async view that forwards to the provider.

No key, no masking, no ledger. Started as `uvicorn bench.stock_proxy:application`.
"""

import os

import aiohttp
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
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


async def forward(request: HttpRequest) -> HttpResponse:
    """Send the body on as it is and return the answer as it comes."""
    global _session
    if _session is None:
        _session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=500))
    headers = {
        "content-type": "application/json",
        "anthropic-version": "2026-10-21",
        "authorization": "Bearer sandbox",
    }
    async with _session.post(
        f"{UPSTREAM}/v1/messages", data=request.body, headers=headers
    ) as answer:
        return HttpResponse(
            await answer.read(), status=answer.status, content_type="application/json"
        )


urlpatterns = [path("v1/messages", forward)]
application = get_asgi_application()
