"""What every `/v1/*` address does before and after its own work: key, rate limit, body, errors.

A dialect gives its views; which one writes an error is known by the address (dialects.py). Nothing
here knows any schema.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import HttpResponseBase

from routerproject.shared import clock
from routing import pipeline, process
from routing.answering import Asked
from routing.api import idempotency, parsing
from routing.api.authentication import grant_of, require
from routing.api.call import Call
from routing.api.problems import MethodNotAllowed, as_router_error
from routing.api.v1 import dialects, router_headers
from routing.api.whole_answer import JSON, WholeAnswer
from routing.betas import HEADER, Betas
from routing.errors import InvalidRequest, UnsupportedMediaType
from routing.process import Process
from routing.snapshot import Snapshot
from routing.types import RouteRequest
from usage.configuration import KeyGrant
from usage.throttling import Quota

SCOPE: Final = "route"


@dataclass(frozen=True, slots=True)
class Admission:
    """A call whose key was accepted, and under which configuration."""

    call: Call
    request_id: str
    grant: KeyGrant
    config: Snapshot
    process: Process
    received_at: datetime
    started: float  # time.perf_counter() when the body had been read
    quotas: tuple[Quota, ...] = ()  # what is left of this minute's requests

    @property
    def headers(self) -> Mapping[str, str]:
        return self.call.headers

    def tokens_left(self) -> tuple[Quota, ...]:
        """Return what is left of the caller's tokens a minute, as far as this process knows."""
        return self.process.gate.limiter.quotas(self.grant.limits)

    def document(self) -> dict[str, Any]:
        """Return the body. Raises UnsupportedMediaType, InvalidRequest or TooLarge."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != JSON:
            raise UnsupportedMediaType
        document = parsing.parse(self.call.body)
        if not isinstance(document, dict):
            raise InvalidRequest("The body must be a JSON object.")
        return document

    def transport(self, document: Any, betas: Betas | None = None) -> dict[str, Any]:
        """Return what a request takes from its transport rather than from its body.

        `betas` and the router's own headers are parameters as those in the body are, so a repeat of
        the request names them too.
        """
        told = router_headers.parameters(self.headers)
        whole = {**document, **({HEADER: betas} if betas else {}), **told}
        key = idempotency.key_of(self.headers)
        return {
            "idempotency_key": key,
            "body_hash": idempotency.body_hash(self.call.path, whole) if key else None,
            "body_bytes": len(self.call.body),
        }

    def asked(self, request: RouteRequest) -> Asked:
        """Return the request with who asks and its deadline."""
        return Asked(
            request=request,
            grant=self.grant,
            config=self.config,
            deadline=pipeline.deadline_of(request),
            started=self.started,
        )


Handler = Callable[[Admission], Awaitable[HttpResponseBase | WholeAnswer]]


def view(**handlers: Handler) -> Callable[[Call], Awaitable[Any]]:
    """Return a coroutine view: a handler by method, and every failure in the dialect's schema."""

    async def serve(call: Call) -> HttpResponseBase | WholeAnswer:
        started, request_id = time.perf_counter(), str(clock.new_id())
        response: HttpResponseBase | WholeAnswer
        quotas: tuple[Quota, ...] = ()
        admission: Admission | None = None
        try:
            handler = handlers.get(call.method.lower())
            if handler is None:
                raise MethodNotAllowed
            admission = await _admitted(call, request_id, started)
            quotas = admission.quotas
            response = await handler(admission)
        except Exception as error:  # noqa: BLE001 (the edge: every failure becomes an answer)
            known = as_router_error(error, request_id)
            quotas = getattr(known, "quotas", ()) or quotas
            response = dialects.respond(known, request_id, call.path, call.headers)
        told = response.headers
        told["X-Router-Request-Id"] = told["Request-Id"] = request_id
        told["Cache-Control"] = "no-store"
        if admission:
            quotas += admission.tokens_left()  # after what this answer took
        for name, value in dialects.rate_headers_of(quotas, call.path, call.headers).items():
            told[name] = value
        return response

    return serve


async def _admitted(call: Call, request_id: str, started: float) -> Admission:
    """Authenticate, check the scope and the rate limit, all from memory."""
    here = process.current()
    config = here.keeper.current()  # one configuration from the key to the last step
    own_key = f"Bearer {call.headers.get('x-api-key', '')}"  # as Anthropic's clients send it
    grant = grant_of(call.headers.get("authorization") or own_key, config.accounts)
    require(grant, SCOPE)
    quotas = await here.throttle.admit(grant)
    here.key_use.saw(grant.key_id)
    return Admission(call, request_id, grant, config, here, clock.now(), started, quotas)
