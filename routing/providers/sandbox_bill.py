"""The sandbox's bill, for clearing up calls whose outcome is unknown.

The sandbox keeps the bytes of each request and writes a line per call before byte 1 of its answer.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

import structlog
from django.conf import settings

from routerproject.shared import crypto
from routerproject.shared.outbound import Outbound, OutboundFailed
from routerproject.shared.references import RefusedReference
from routing.providers.clients import endpoint_of
from usage import configuration, reconciliation
from usage.bill_rows import BadReport
from usage.catalog import Deployment
from usage.closing import comparing
from usage.closing.comparing import Bill, Line
from usage.closing.months import Month
from usage.closing.uploads import SANDBOX
from usage.pricing import TokenCounts
from usage.reconciliation import BillLine

TIMEOUT_SECONDS: Final = 20.0
MOST_BYTES: Final = 400_000_000
TOKENS: Final = tuple(each.name for each in fields(TokenCounts))

log = structlog.get_logger(__name__)


def reconcile(now: datetime) -> int:
    """Resolve unknown calls to the sandbox by its bill; return how many. Nothing without one."""
    if not (settings.USES_SANDBOX and settings.SANDBOX_URL) or not (places := _at_the_sandbox()):
        return 0
    if not reconciliation.is_needed(deployments=places, now=now):
        return 0
    try:
        requests, book = asyncio.run(_fetch())
    except OutboundFailed as failure:
        log.warning("reconciliation.no_bill", reason=failure.reason)
        return 0
    return _clear_up(requests, book, places, now)


def compare(month: Month, *, by: str, now: datetime) -> Bill:
    """Hold the sandbox's book against a month, call by call.

    What it proves of unknown calls is resolved first. Raises IsClosed, and BadReport also where
    there is no book.
    """
    if not (settings.USES_SANDBOX and settings.SANDBOX_URL):
        raise BadReport("This installation has no sandbox.")
    if not (places := _at_the_sandbox()):
        raise BadReport("No deployment calls the sandbox.")
    try:
        requests, book = asyncio.run(_fetch())
    except OutboundFailed as failure:
        log.warning("reconciliation.no_bill", reason=failure.reason)
        raise BadReport("The sandbox does not answer.") from failure
    resolved = _clear_up(requests, book, places, now)
    lines = [
        Line(row["n"], row["request_id"], _tokens(row), row["nano_usd"]) for row in book["lines"]
    ]
    return comparing.compare_book(
        lines, month=month, provider=SANDBOX, deployments=places, resolved=resolved, by=by
    )


def _clear_up(
    requests: Mapping[str, Any], book: Mapping[str, Any], places: set[str], now: datetime
) -> int:
    bodies = {row["n"]: _body_hash(row) for row in requests["requests"]}
    bill = [
        _line(row, bodies[row["request_n"]])
        for row in book["lines"]
        if row["nano_usd"] and row["request_n"] in bodies
    ]
    # The ring of requests has dropped none, so what is not in it never came.
    is_whole = len(bodies) == requests["received"]
    return reconciliation.clear_up(bill, deployments=places, now=now, is_whole=is_whole)


def _at_the_sandbox() -> set[str]:
    catalog = configuration.load_catalog()
    places = (place for found in catalog.deployments.values() for place in found)
    return {place.slug for place in places if _is_sandbox(place)}


def _is_sandbox(place: Deployment) -> bool:
    try:
        return endpoint_of(place)[0].startswith(settings.SANDBOX_URL)
    except RefusedReference:
        return False


async def _fetch() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the requests and the book, the book first: each of its lines has its request."""
    client = Outbound([settings.SANDBOX_URL])
    try:
        book, requests = [
            (
                await client.get_json(
                    f"{settings.SANDBOX_URL}/_sandbox/{name}",
                    headers={},
                    timeout_seconds=TIMEOUT_SECONDS,
                    most_bytes=MOST_BYTES,
                )
            ).document
            for name in ("book", "requests")
        ]
    finally:
        await client.close()
    return requests, book


def _body_hash(row: Mapping[str, Any]) -> bytes:
    return crypto.keyed_hash(row["body"].encode(), purpose="attempt body")


def _line(row: Mapping[str, Any], body_hash: bytes) -> BillLine:
    return BillLine(row["request_id"], body_hash, _tokens(row), row["nano_usd"])


def _tokens(row: Mapping[str, Any]) -> TokenCounts:
    return TokenCounts(**{name: row[name] for name in TOKENS})
