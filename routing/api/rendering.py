"""Answers as JSON."""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import JSONRenderer


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
