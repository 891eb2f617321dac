"""Unknown calls cleared up by sums: what they prove is resolved, everything else is left."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from routerproject.shared import clock
from routerproject.shared.database import in_database
from tests.usage.conftest import PRICE, Clinic, plan
from usage import bill_rows, buckets, ledger, pricing
from usage.bill_rows import BadReport, Bucket
from usage.ledger.closing import Closing
from usage.models import Attempt, BudgetPeriod, UsageRecord
from usage.pricing import TokenCounts

pytestmark = pytest.mark.service
HERE = "anthropic-direct-haiku"
USED = TokenCounts(input_tokens=40, output_tokens=20)
COST = pricing.cost(USED, PRICE)
HEADER = ",".join(bill_rows.HEADER)
ROW = "2026-05-04T00:00:00Z,2026-05-05T00:00:00Z,claude-haiku-4-5-20251001,1,2,3,4,5"


async def call(clinic: Clinic, writer: ledger.Writer, *, is_known: bool) -> None:
    page = clinic.page(writer)
    async with page.admitted(plan(deployment=HERE)) as entry:
        if is_known:
            entry.settle(USED, outcome="end_turn", latency_ms=5.0)
        else:
            entry.doubt(outcome="timeout", latency_ms=5.0)
        entry.close(Closing("completed" if is_known else "unknown", "end", 6.0))


def report(tokens: TokenCounts, *, ends_in: timedelta = timedelta(minutes=5)) -> Bucket:
    now = clock.now()
    return Bucket(1, now - timedelta(hours=1), now + ends_in, PRICE.model_id, tokens)


def clear_up(bucket: Bucket, *, is_trial: bool = False) -> tuple[str, int]:
    later = clock.now() + timedelta(hours=1)
    [found] = buckets.clear_up([bucket], provider="anthropic", now=later, is_trial=is_trial)
    return found.word, found.resolved


def sums(clinic: Clinic) -> tuple[int, int, int]:
    period = BudgetPeriod.objects.get(budget_id=clinic.budget_id)
    return period.posted_nano_usd, period.held_nano_usd, period.unknown_nano_usd


@pytest.mark.parametrize(
    ("unknown", "more", "word", "posted", "left"),
    [
        (0, TokenCounts(), "equal", COST, 0),
        (2, TokenCounts(), "not-billed", COST, 0),
        (1, USED, "one-call", 2 * COST, 0),
        (2, USED, "differs", COST, 2),
        (1, TokenCounts(output_tokens=1_000_000), "differs", COST, 1),
        (1, TokenCounts(input_tokens=-1, output_tokens=5), "differs", COST, 1),
        (0, USED, "differs", COST, 0),
    ],
    ids=str,
)
async def test_bucket_resolves_what_it_proves(
    clinic: Clinic, writer: ledger.Writer, unknown, more, word, posted, left
):
    """Nothing more when all is accounted for; the rest, when one call is unknown and it fits."""
    await call(clinic, writer, is_known=True)
    for _ in range(unknown):
        await call(clinic, writer, is_known=False)
    bucket = report(USED + more)
    assert await in_database(clear_up, bucket, is_trial=True) == (word, 0)
    assert await in_database(clear_up, bucket) == (word, unknown - left)
    assert await in_database(sums, clinic) == (posted, 0, left * plan().worst_case)
    costs = await in_database(
        lambda: sum(UsageRecord.objects.values_list("cost_nano_usd", flat=True))
    )
    assert costs == posted


async def test_call_that_may_stand_in_the_next_bucket_is_left(
    clinic: Clinic, writer: ledger.Writer
):
    """It was begun in this one, and its deadline is after its end."""
    await call(clinic, writer, is_known=False)
    bucket = report(TokenCounts(), ends_in=timedelta(seconds=5))
    assert await in_database(clear_up, bucket) == ("equal", 0)
    assert await in_database(Attempt.objects.filter(state="unknown").count) == 1


async def test_bucket_of_just_now_is_left(clinic: Clinic, writer: ledger.Writer):
    await call(clinic, writer, is_known=False)
    found = await in_database(
        buckets.clear_up,
        [report(TokenCounts())],
        provider="anthropic",
        now=clock.now(),
        is_trial=False,
    )
    assert [(each.word, each.resolved) for each in found] == [("running", 0)]


def test_report_is_read_by_its_column_names():
    assert bill_rows.read([HEADER, ROW])[0].tokens == TokenCounts(
        input_tokens=1,
        cache_creation_5m_input_tokens=2,
        cache_creation_1h_input_tokens=3,
        cache_read_input_tokens=4,
        output_tokens=5,
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "header lacks starting_at"),
        ([HEADER.replace("model,", ""), ROW], "header lacks model"),
        ([HEADER, ROW[:-2]], "Row 1 has 7 fields"),
        ([HEADER, ROW, ROW], "Rows 1 and 2 overlap"),
        ([HEADER, ROW, ROW.replace("-04T", "-03T")], "Rows 2 and 1 overlap"),
        ([HEADER, ROW[:-1] + "-5"], "Row 1: output_tokens"),
        ([HEADER, ROW[:-1] + "NaN"], "Row 1: output_tokens"),
        ([HEADER, ROW[:-1] + "5.5"], "Row 1: output_tokens"),
        ([HEADER, ROW[:-1] + str(2**63)], "Row 1: output_tokens"),
        ([HEADER, ROW.replace("Z", "", 1)], "Row 1: starting_at has no time zone"),
        ([HEADER, ROW.replace("2026-05-04", "yesterday")], "Row 1: starting_at is no moment"),
        ([HEADER, ROW.replace("2026-05-04", "1969-12-31")], "Row 1: starting_at is no time"),
        ([HEADER, ROW.replace("2026-05-05", "2026-05-03")], "Row 1 ends before"),
        ([HEADER, ROW.replace("claude-haiku-4-5-20251001", "")], "Row 1 names no model"),
        ([HEADER, '"' + ROW], "not CSV"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_report_that_is_none_is_refused_with_its_row(lines: list[str], message: str):
    with pytest.raises(BadReport, match=message):
        bill_rows.read(lines)


@pytest.mark.django_db
def test_command_changes_nothing_unless_told(tmp_path: Path):
    path = tmp_path / "report.csv"
    path.write_text(f"{HEADER}\n{ROW}\n")
    said = StringIO()
    with pytest.raises(CommandError, match="1 of 1 buckets differ"):
        call_command("reconcile_usage", path, provider="anthropic", stdout=said)
    assert "differs; unknown 0, resolved 0; input_tokens +1" in said.getvalue()
    with pytest.raises(CommandError, match="no provider nobody"):
        call_command("reconcile_usage", path, provider="nobody")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("reconcile_usage", tmp_path / "none.csv", provider="anthropic")
