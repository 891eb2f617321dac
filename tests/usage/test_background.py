"""The tasks of ledger and audit, run once by a real Celery worker over a real Redis."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from celery import Celery
from django.db import connection

from routerproject.local.folders import PROJECT
from routerproject.shared import clock
from tests.gateway_server import database_url
from tests.patience import LIMIT_SECONDS, wait_until
from usage import anchors, audit, verification
from usage.models import Attempt, IdempotencyClaim, RollupState, UsageRecord

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]
QUEUE = f"test-{uuid4().hex[:8]}"


@pytest.fixture
def sink(settings, tmp_path: Path) -> Path:
    settings.AUDIT_SINK = path = tmp_path / "audit-heads.jsonl"
    return path


@pytest.fixture
def worker(transactional_db: None, sink: Path, tmp_path: Path) -> Iterator[Callable[[str], object]]:
    """A worker on a queue of its own; returns a function that sends it a task by name."""
    environment = {**os.environ, "DATABASE_URL": database_url(), "AUDIT_SINK": str(sink)}
    command = [sys.executable, "-m", "celery", "-A", "routerproject.celery", "worker"]
    options = ["--queues", QUEUE, "--pool", "solo", "--without-mingle", "--without-gossip"]
    with (tmp_path / "worker.log").open("wb") as log:
        running = subprocess.Popen(
            [*command, *options, "--without-heartbeat"],
            cwd=PROJECT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    app = Celery(broker=os.environ["REDIS_URL"])
    yield lambda name: app.send_task(f"usage.tasks.{name}", queue=QUEUE, ignore_result=True)
    app.close()
    running.terminate()
    running.wait(timeout=LIMIT_SECONDS)


def test_tasks_do_their_work_in_a_real_worker(worker: Callable[[str], object], sink: Path):
    """Sweep, sign, partition and forget; delivered twice, each has its effect once."""
    now = clock.now()
    request = UsageRecord.objects.create(
        id=clock.new_id(), tenant_id=7, client_id=1, key_prefix="x", state="open",
        created_at=now, deadline_at=now - timedelta(hours=1), boot_id=uuid4(),
    )  # fmt: skip
    Attempt.objects.create(
        id=clock.new_id(), request_id=request.pk, tenant_id=7, ordinal=1, kind="main",
        state="admitted", tier="haiku", model_id="m", deployment="d", boot_id=uuid4(),
        admitted_at=now, deadline_at=now - timedelta(hours=1), hold_nano_usd=5, price_id=1,
        price={}, body_hash=b"x",
    )  # fmt: skip
    for key, age in (("old", 25), ("new", 1)):
        IdempotencyClaim.objects.create(
            client_id=1, key=key, body_hash=b"x", request_id=uuid4(),
            created_at=now, expires_at=now + timedelta(hours=24 - age),
        )  # fmt: skip
    audit.append_all(7, [audit.Fact("test.happened", {})])
    for _ in range(2):
        for name in ("sweep_attempts", "forget_expired_claims", "make_partitions", "keep_rollups"):
            worker(name)
    wait_until(lambda: UsageRecord.objects.get(pk=request.pk).state == "unknown")
    assert Attempt.objects.get(request_id=request.pk).outcome == "abandoned"
    wait_until(lambda: not IdempotencyClaim.objects.filter(key="old").exists())
    assert IdempotencyClaim.objects.filter(key="new").exists()
    wait_until(lambda: RollupState.objects.filter(until__gt=now - timedelta(hours=2)).exists())
    for _ in range(2):
        worker("sign_audit_heads")
    wait_until(lambda: [(a.tenant_id, a.seq) for a in anchors.read(sink)] == [(7, 3)])
    coming = (now.replace(day=1) + timedelta(days=64)).strftime("%Y_%m")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f"usage_attempt_{coming}"])
        assert cursor.fetchone() != (None,)
    assert list(verification.verify()) == []
