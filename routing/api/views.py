"""HTTP only: parse, authenticate, call the pipeline, render. No view knows of tiers or money."""

import json
from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from phi import hashing
from routerproject.shared import clock
from routerproject.shared.money import usd_text
from routing import pipeline, process, reply
from routing.answering import Asked
from routing.api import body, event_stream
from routing.api.async_view import AsyncAPIView, grant_behind
from routing.api.rendering import EventStreamRenderer, FastJSONRenderer
from routing.api.serializers import (
    ExplainReplySerializer,
    ProblemSerializer,
    RouteReplySerializer,
    RouteRequestSerializer,
)
from routing.errors import InvalidRequest

LONGEST_IDEMPOTENCY_KEY = 255
_PROBLEM = OpenApiResponse(ProblemSerializer, description="What went wrong, and what to do.")
_PROBLEMS = {
    (status, "application/problem+json"): _PROBLEM
    for status in (400, 401, 402, 403, 409, 413, 415, 422, 429, 502, 503, 504)
}

_EVENTS = OpenApiResponse(
    OpenApiTypes.STR,
    description="With `stream`: Anthropic's events, then `router.summary` with the plain reply.",
)


class RouteView(AsyncAPIView):
    """Answer one request with the cheapest model that is good enough."""

    scope = "route"
    renderer_classes = [FastJSONRenderer, EventStreamRenderer]

    @extend_schema(
        request=RouteRequestSerializer,
        responses={
            (200, "application/json"): RouteReplySerializer,
            (200, "text/event-stream"): _EVENTS,
            **_PROBLEMS,
        },
        operation_id="route",
    )
    async def post(self, request: Request) -> HttpResponseBase:
        asked = _asked(self, request)
        here = process.current()
        if asked.request.stream:
            return event_stream.respond(await pipeline.stream(asked, here))
        document = await pipeline.answer(asked, here)
        return Response(reply.shown(document), content_type="application/json")


class ExplainView(AsyncAPIView):
    """Say how a request would be answered, without asking any model."""

    scope = "route"

    @extend_schema(
        request=RouteRequestSerializer,
        responses={(200, "application/json"): ExplainReplySerializer, **_PROBLEMS},
        operation_id="explain",
    )
    async def post(self, request: Request) -> Response:
        asked = _asked(self, request)
        explained = await pipeline.explain(asked, process.current())
        return Response(
            {
                "routing": reply.routing(explained.decision),
                "estimated_cost_usd": usd_text(explained.estimated_cost_nano_usd),
                "alternatives": [
                    {
                        "tier": other.tier,
                        "model": other.model,
                        "cost_usd": usd_text(other.cost_nano_usd),
                        "expected_loss": other.expected_loss,
                    }
                    for other in explained.decision.alternatives
                ],
                "decision_ms": round(explained.decision_ms, 3),
            }
        )


def _asked(view: AsyncAPIView, request: Request) -> Asked:
    """Return the checked request with who asks and under which configuration."""
    grant = grant_behind(request)
    key = _idempotency_key(request)
    asked = body.read(
        request.data,
        request_id=view.request_id,
        grant=grant,
        received_at=clock.now(),
        idempotency_key=key,
        body_hash=_body_hash(request) if key else None,
        body_bytes=int(request.META.get("CONTENT_LENGTH") or 0),
    )
    return Asked(
        request=asked,
        grant=grant,
        config=view.config,
        deadline=pipeline.deadline_of(asked),
        started=view.started,
    )


def _body_hash(request: Request) -> bytes:
    """Return the hash by which a repeat is known, streamed or not, and whatever its blanks and the
    order of its members."""
    asked = request.data
    if isinstance(asked, dict):
        asked = {name: value for name, value in asked.items() if name != "stream"}
    canonical = json.dumps([request.path, asked], sort_keys=True, separators=(",", ":"))
    return hashing.body_hash(canonical.encode())


def _idempotency_key(request: Request) -> str | None:
    key: Any = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not (key.isascii() and key.isprintable() and 1 <= len(key) <= LONGEST_IDEMPOTENCY_KEY):
        raise InvalidRequest(
            f"Idempotency-Key must be 1 to {LONGEST_IDEMPOTENCY_KEY} printable ASCII characters.",
            field="Idempotency-Key",
        )
    return str(key)
