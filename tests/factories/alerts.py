"""What alerts are told of: a rule, a call that passes it, and a webhook that listens."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from aiohttp import web

from tests.factories.requests import make_attempt, make_request
from usage.alerts import watching
from usage.models import (
    Alert,
    AlertRule,
    AlertSink,
)

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)  # a Wednesday
CANARY = "Theodora Pemberwick"


def rule(kind: str, threshold: str, **fields: Any) -> AlertRule:
    values = {"name": f"The {kind}", "period": "day", "least_requests": 1, **fields}
    return AlertRule.objects.create(kind=kind, threshold=Decimal(threshold), **values)


def answered(
    *, at: datetime = NOON - timedelta(minutes=1), request: Any = None, **call: Any
) -> None:
    made = make_request(at=at, user=CANARY, case_label=CANARY, **(request or {}))
    make_attempt(made, **call)


class Hook:
    """A webhook on loopback that can fail or say nothing."""

    def __init__(self) -> None:
        self.status = 204
        self.is_silent = False
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.url = ""
        self.released = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        self.got.append(({k.lower(): v for k, v in request.headers.items()}, await request.read()))
        if self.is_silent:
            await self.released.wait()
        headers = {"location": "http://127.0.0.1:9/"} if self.status == 307 else {}
        return web.Response(status=self.status, text="not json", headers=headers)


def webhook(**fields: Any) -> AlertSink:
    values = {
        "name": "Hook",
        "kind": "webhook",
        "address_ref": "env:ALERT_WEBHOOK_URL",
        "secret_ref": "env:ALERT_WEBHOOK_SECRET",
    }
    return AlertSink.objects.create(**{**values, **fields})


def fired() -> Alert:
    """Return an alert with its deliveries."""
    rule("spend", "0.001")
    answered(cost_nano_usd=5_000_000)
    watching.watch(NOON)
    return Alert.objects.get()
