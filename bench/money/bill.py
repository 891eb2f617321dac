"""A provider's usage report of many rows held against a month: time, and memory of the process."""

import os
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User

from bench.clinic import make_capped
from bench.money.summary import fill
from routerproject.shared import clock
from routerproject.shared.money import from_usd, usd_text
from usage import bill_rows
from usage.closing import months, report
from usage.models import Attempt, Deployment

DAYS = 28  # in which the calls lie
ROUND = timedelta(milliseconds=1)
HEADER = (*bill_rows.HEADER, "currency", "amount_usd")


def measure(rows: int = 200_000) -> dict[str, Any]:
    """Return how long a report of so many rows takes, a tenth of them with a call of the ledger."""
    clinic = make_capped(cap_nano_usd=from_usd(1_000_000))
    month = months.of(clock.now()).before.before
    calls = max(1, rows // 10)
    fill(clinic, month.start, calls)
    person = User.objects.create_superuser(f"bench-{clinic.tenant_id}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.csv"
        with path.open("w") as file:
            file.writelines(_report(month, rows, calls, clinic.tenant_id))
        before = _peak_mb()
        began, cpu = time.perf_counter(), time.process_time()
        with path.open(newline="", encoding="utf-8-sig") as file:
            bill = report.compare_report(
                bill_rows.rows(bill_rows.lines_of(file)),
                month=month,
                provider="anthropic",
                by=person,
                now=clock.now(),
            )
        figures = {
            "rows": bill.lines,
            "equal": bill.equal,
            "differences": bill.differences.count(),
            "megabytes": round(path.stat().st_size / 1e6, 1),
            "seconds": round(time.perf_counter() - began, 1),
            "cpu_of_the_process_s": round(time.process_time() - cpu, 1),
            "memory_added_mb": round(_peak_mb() - before, 1),
        }
    assert figures["differences"] == 0
    assert bill.lines == bill.equal == rows
    print("bill: " + "  ".join(f"{key} {value}" for key, value in figures.items()))
    return figures


def _report(month: months.Month, rows: int, calls: int, tenant_id: int) -> Iterator[str]:
    """Return a report that agrees: rows of even length, those with a call at their beginning."""
    row = Attempt.objects.filter(tenant_id=tenant_id).earliest("id")
    place = Deployment.objects.select_related("model").get(slug=row.deployment)
    model = place.provider_model_id or place.model.model_id
    usage = [getattr(row, kind) for kind in bill_rows.COLUMNS.values()]
    step, per_call = timedelta(days=DAYS) / calls, rows // calls
    yield ",".join(HEADER) + os.linesep
    for call in range(1, calls + 1):
        at = month.start + call * step - ROUND
        for part in range(per_call):
            counts = usage if part == 0 else [0] * len(usage)
            cost = usd_text(row.cost_nano_usd if part == 0 else 0)
            start, end = at + part * step / per_call, at + (part + 1) * step / per_call
            yield _line(start, end, model, counts, cost)


def _line(start: datetime, end: datetime, model: str, counts: list[int], cost: str) -> str:
    words = (start.isoformat(), end.isoformat(), model, *map(str, counts), "USD", cost)
    return ",".join(words) + os.linesep


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000
