"""Requests and attempts as the ledger leaves them, for tests of what reads them."""

from datetime import datetime
from uuid import uuid4

from routerproject.shared import clock
from usage.models import Attempt, UsageRecord


def make_request(*, at: datetime | None = None, **fields) -> UsageRecord:
    """Return a finished request; its attempts are made by `make_attempt`."""
    at = at or clock.now()
    defaults = {
        "id": clock.new_id(at),
        "tenant_id": 1,
        "client_id": 1,
        "key_prefix": "abcd1234",
        "state": "completed",
        "created_at": at,
        "deadline_at": at,
        "finished_at": at,
        "boot_id": uuid4(),
        "task_type": "visit_summary",
        "tier": "sonnet",
        "model_id": "claude-sonnet-4-6",
        "source": "task_type",
        "outcome": "end_turn",
        "attempts": 1,
        "latency_ms": 100.0,
    }
    return UsageRecord.objects.create(**{**defaults, **fields})


def make_attempt(request: UsageRecord, **fields) -> Attempt:
    defaults = {
        "id": clock.new_id(request.created_at),
        "request_id": request.pk,
        "tenant_id": request.tenant_id,
        "ordinal": 1,
        "kind": "main",
        "state": "settled",
        "tier": request.tier,
        "model_id": request.model_id,
        "deployment": "anthropic-direct",
        "boot_id": request.boot_id,
        "admitted_at": request.created_at,
        "deadline_at": request.deadline_at,
        "hold_nano_usd": 5_000_000,
        "cost_nano_usd": 1_000_000,
        "price_id": 1,
        "price": {},
        "body_hash": b"0" * 32,
        "latency_ms": 90.0,
    }
    return Attempt.objects.create(**{**defaults, **fields})
