"""DRF on the event loop: APIView with a coroutine `dispatch`.

DRF's request, parsers, renderers, negotiation and error handling are kept; what DRF does with
blocking calls (authentication, permission, throttling) is awaited here instead.
"""

import time
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from routerproject.shared import clock
from routing import process
from routing.api import rate_headers
from routing.api.authentication import Caller, grant_of, require
from routing.api.rendering import QuickNegotiation
from routing.snapshot import Snapshot
from usage.configuration import CallerLimits, KeyGrant
from usage.throttling import Quota


class AsyncAPIView(APIView):
    """A view whose handlers are coroutines; `scope` is what its key must carry."""

    scope: ClassVar[str]
    http_method_names = ["get", "post"]  # DRF's own OPTIONS cannot be awaited
    content_negotiation_class = QuickNegotiation
    request_id: str
    config: Snapshot
    started: float  # time.perf_counter() when the body had been read
    quotas: tuple[Quota, ...] = ()  # what is left of this minute's requests
    limits: tuple[CallerLimits, ...] = ()  # of who asks, once admitted

    async def dispatch(  # type: ignore[override]
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        self.started = time.perf_counter()
        self.request_id = str(clock.new_id())
        self.args, self.kwargs = args, kwargs
        self.headers = self.default_response_headers
        self.request = self.initialize_request(request, *args, **kwargs)
        response: HttpResponseBase
        try:
            self.format_kwarg = None
            negotiated = self.perform_content_negotiation(self.request)
            self.request.accepted_renderer, self.request.accepted_media_type = negotiated
            await self.admit(self.request)
            response = await self._handler()(self.request, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 (the edge: every failure becomes a problem)
            self.quotas = getattr(error, "quotas", ()) or self.quotas
            response = self.handle_exception(error)
        response = self.finalize_response(self.request, response, *args, **kwargs)  # type: ignore[arg-type]
        response["X-Router-Request-Id"] = self.request_id
        response["Cache-Control"] = "no-store"
        for name, value in rate_headers.standard(self._quotas()).items():
            response[name] = value
        _part(self.request, response)
        return response

    def _quotas(self) -> tuple[Quota, ...]:
        """Return what is left to the caller, of tokens after what this answer took of them."""
        return (*self.quotas, *process.current().gate.limiter.quotas(self.limits))

    async def admit(self, request: Request) -> None:
        """Authenticate, check the scope and the rate limit, all from memory."""
        here = process.current()
        self.config = here.keeper.current()  # one configuration from the key to the last step
        grant = grant_of(request.META.get("HTTP_AUTHORIZATION", ""), self.config.accounts)
        require(grant, self.scope)
        self.quotas, self.limits = await here.throttle.admit(grant), grant.limits
        here.key_use.saw(grant.key_id)
        request.user, request.auth = Caller(grant), grant  # type: ignore[assignment]

    def _handler(self) -> Any:
        method = str(self.request.method).lower()
        if method not in self.http_method_names:
            return self.http_method_not_allowed
        return getattr(self, method, self.http_method_not_allowed)


def _part(request: Request, response: HttpResponseBase) -> None:
    """Render the answer, and undo what ties DRF's objects into circles.

    Then all that a request left in memory is freed with it, not when the collector finds it.
    """
    request.parser_context = {}
    if isinstance(response, Response):
        response.render()
        response.renderer_context = {}  # type: ignore[attr-defined]


def grant_behind(request: Request) -> KeyGrant:
    """Return the grant of an admitted request."""
    grant: KeyGrant = request.auth  # type: ignore[assignment]
    return grant
