"""What the OpenAPI page says of each endpoint.

Beside the views and not on them: this module, the serializers and the generator behind them are
loaded when somebody asks for the page, which a web process seldom does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.views import APIView

from routing.api.management_views import SUMMARY_FILTERS, SanitizeView, UsageSummaryView
from routing.api.serializers import (
    ExplainReplySerializer,
    ProblemSerializer,
    RouteReplySerializer,
    RouteRequestSerializer,
    SanitizeReplySerializer,
    SanitizeRequestSerializer,
    UsageSummarySerializer,
)
from routing.api.views import ExplainView, RouteView


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What one view takes and gives, in the generator's terms."""

    operation_id: str
    responses: Any
    request: Any = None
    parameters: tuple[OpenApiParameter, ...] = ()


_PROBLEM = OpenApiResponse(ProblemSerializer, description="What went wrong, and what to do.")
_PROBLEMS = {
    (status, "application/problem+json"): _PROBLEM
    for status in (400, 401, 402, 403, 409, 413, 415, 422, 429, 502, 503, 504)
}
_EVENTS = OpenApiResponse(
    OpenApiTypes.STR,
    description="With `stream`: Anthropic's events, then `router.summary` with the plain reply.",
)
ENDPOINTS: Final[Mapping[type[APIView], Endpoint]] = {
    RouteView: Endpoint(
        "route",
        request=RouteRequestSerializer,
        responses={
            (200, "application/json"): RouteReplySerializer,
            (200, "text/event-stream"): _EVENTS,
            **_PROBLEMS,
        },
    ),
    ExplainView: Endpoint(
        "explain",
        request=RouteRequestSerializer,
        responses={(200, "application/json"): ExplainReplySerializer, **_PROBLEMS},
    ),
    SanitizeView: Endpoint(
        "sanitize", request=SanitizeRequestSerializer, responses=SanitizeReplySerializer
    ),
    UsageSummaryView: Endpoint(
        "usage_summary",
        parameters=tuple(OpenApiParameter(name, str) for name in SUMMARY_FILTERS),
        responses=UsageSummarySerializer,
    ),
}


class EndpointSchema(AutoSchema):
    """The generator's description of a view, by what ENDPOINTS says of it."""

    def get_operation_id(self) -> str:
        return self._endpoint.operation_id

    def get_override_parameters(self) -> list[Any]:
        return [*self._endpoint.parameters]

    def get_request_serializer(self) -> Any:
        return self._endpoint.request

    def get_response_serializers(self) -> Any:
        return self._endpoint.responses

    @property
    def _endpoint(self) -> Endpoint:
        return ENDPOINTS[type(self.view)]
