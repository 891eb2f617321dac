"""HTTP only: parse, authenticate, call the pipeline, render. No view knows of tiers or money."""

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from routerproject.shared import clock
from routerproject.shared.money import usd_text
from routing import explain, pipeline, process, reply
from routing.answering import Asked
from routing.api import body, event_stream, idempotency
from routing.api.async_view import AsyncAPIView, grant_behind
from routing.api.rendering import EventStreamRenderer, FastJSONRenderer


class RouteView(AsyncAPIView):
    """Answer one request with the cheapest model that is good enough."""

    scope = "route"
    renderer_classes = [FastJSONRenderer, EventStreamRenderer]

    async def post(self, request: Request) -> HttpResponseBase:
        asked = _asked(self, request)
        here = process.current()
        if asked.request.stream:
            return event_stream.respond(await pipeline.stream(asked, here))
        document = await pipeline.answer(asked, here)
        return Response(
            reply.shown(document),
            headers=reply.headers_of(document),
            content_type="application/json",
        )


class ExplainView(AsyncAPIView):
    """Say how a request would be answered, without asking any model."""

    scope = "route"

    async def post(self, request: Request) -> Response:
        asked = _asked(self, request)
        explained = await explain.explain(asked, process.current())
        return Response(
            {
                "routing": {
                    **reply.routing(explained.decision),
                    "attempts": reply.attempts(explained.page),
                },
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
    key = idempotency.key_of(request.headers)
    asked = body.read(
        request.data,
        request_id=view.request_id,
        grant=grant,
        received_at=clock.now(),
        idempotency_key=key,
        body_hash=idempotency.body_hash(request.path, request.data) if key else None,
        body_bytes=int(request.META.get("CONTENT_LENGTH") or 0),
    )
    return Asked(
        request=asked,
        grant=grant,
        config=view.config,
        deadline=pipeline.deadline_of(asked),
        started=view.started,
    )
