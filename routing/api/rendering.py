"""Answers as JSON, and who may have something else."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

ANYTHING: Final = "*/*"


class FastJSONRenderer(JSONRenderer):
    """DRF's JSON, written by orjson; money arrives here as decimal strings already."""

    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if data is None:
            return b""
        return orjson.dumps(data, default=str, option=orjson.OPT_UTC_Z)


class EventStreamRenderer(FastJSONRenderer):
    """For clients that accept nothing but events: what ends before the first one is JSON."""

    media_type = "text/event-stream"
    format = "events"


class QuickNegotiation(DefaultContentNegotiation):
    """DRF's, without its reading for what nearly every program sends: anything, or JSON."""

    def select_renderer(
        self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> Any:
        accepted = request.META.get("HTTP_ACCEPT", ANYTHING)
        first = next(iter(renderers))
        is_plain = accepted in (ANYTHING, first.media_type)
        if is_plain and not (format_suffix or request.META.get("QUERY_STRING")):
            return first, first.media_type
        return super().select_renderer(request, renderers, format_suffix)
