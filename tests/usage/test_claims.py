"""Idempotency keys in the ledger: claimed with the first call, forgotten if none left."""

from datetime import timedelta

import pytest

from routerproject.shared import clock
from routerproject.shared.database import in_database
from tests.usage.conftest import Clinic, make_clinic, plan
from usage import claims, ledger, sweeper
from usage.errors import (
    AnswerNotKept,
    BudgetExceeded,
    IdempotencyInProgress,
    IdempotencyMismatch,
    OutcomeUnknown,
)
from usage.ledger import Page
from usage.ledger.closing import Closing
from usage.models import IdempotencyClaim
from usage.pricing import TokenCounts

pytestmark = pytest.mark.service
USED = TokenCounts(input_tokens=40, output_tokens=20)


def claiming(
    clinic: Clinic, writer: ledger.Writer, *, body: bytes = b"body", age_ms: int = 0
) -> Page:
    """Return the page of a request with the clinic's one key, which came so long ago."""
    page = clinic.page(writer)
    page.claim = claims.claim(
        client_id=clinic.client_id,
        key="visit-1",
        body_hash=body,
        request_id=page.row.id,
        at=clock.now() - timedelta(milliseconds=age_ms),
    )
    return page


async def answer(page: Page, document: dict | None = None) -> None:
    async with page.admitted(plan()) as entry:
        entry.settle(USED, outcome="end_turn", latency_ms=1.0)
        end = claims.answered(page.row.id, document or {"text": "PHI_NAME_7KQ2M"})
        entry.close(Closing("completed", "end_turn", 1.0, claim_end=end))


async def stored(page: Page):
    assert page.claim
    return await in_database(claims.stored_answer, page.claim)


async def test_repeat_finds_the_sealed_answer(clinic: Clinic, writer: ledger.Writer):
    await answer(claiming(clinic, writer))
    found = await stored(claiming(clinic, writer))
    assert found.document == {"text": "PHI_NAME_7KQ2M"}
    row = await in_database(IdempotencyClaim.objects.get)
    assert b"PHI_NAME" not in bytes(row.answer_sealed or b"")


async def test_answer_that_no_key_opens_is_told_as_not_kept(clinic: Clinic, writer: ledger.Writer):
    """A repeat says which request it was and what it cost, and nothing is sent again."""
    first = claiming(clinic, writer)
    await answer(first)
    await in_database(lambda: IdempotencyClaim.objects.update(answer_sealed=b"sealed otherwise"))
    with pytest.raises(AnswerNotKept) as refusal:
        await stored(claiming(clinic, writer))
    assert refusal.value.extra["first_request_id"] == str(first.row.id)


async def test_other_body_is_a_mismatch(clinic: Clinic, writer: ledger.Writer):
    await answer(claiming(clinic, writer))
    with pytest.raises(IdempotencyMismatch):
        await stored(claiming(clinic, writer, body=b"other"))


async def test_second_request_is_told_while_the_first_runs(clinic: Clinic, writer: ledger.Writer):
    async with claiming(clinic, writer).admitted(plan()) as entry:
        with pytest.raises(IdempotencyInProgress):
            await stored(claiming(clinic, writer))
        with pytest.raises(IdempotencyInProgress):
            async with claiming(clinic, writer).admitted(plan()):
                pytest.fail("two calls for one key")
        entry.settle(USED, outcome="end_turn", latency_ms=1.0)


async def test_key_of_a_refused_request_is_free_for_whoever_came_before_it(
    transactional_db, writer: ledger.Writer
):
    """Of two at once the later may be refused first; the earlier one is no repeat of it."""
    clinic = await in_database(make_clinic, cap_nano_usd=plan().worst_case)
    earlier, later = claiming(clinic, writer, age_ms=5), claiming(clinic, writer)
    with pytest.raises(BudgetExceeded):
        async with later.admitted(plan(max_output_tokens=10_000)):
            pytest.fail("nothing may be sent")
    assert await stored(earlier) is None
    await answer(earlier)


async def test_key_is_free_again_after_a_day(clinic: Clinic, writer: ledger.Writer):
    day = claims.KEPT_FOR // timedelta(milliseconds=1)
    await answer(claiming(clinic, writer, age_ms=day + 1))
    again = claiming(clinic, writer, body=b"other")
    assert await stored(again) is None
    await answer(again)
    assert await in_database(sweeper.forget_expired_claims, clock.now()) == 0


async def test_answer_is_kept_for_a_day_and_then_forgotten(clinic: Clinic, writer: ledger.Writer):
    await answer(claiming(clinic, writer))
    just_before = clock.now() + claims.KEPT_FOR - timedelta(minutes=1)
    assert await in_database(sweeper.forget_expired_claims, just_before) == 0
    assert await in_database(sweeper.forget_expired_claims, just_before + timedelta(minutes=2)) == 1
    assert await stored(claiming(clinic, writer)) is None


async def test_key_of_a_process_that_died_is_of_unknown_outcome(
    clinic: Clinic, writer: ledger.Writer
):
    """Sending again might pay twice, so nothing does it by itself."""
    page = claiming(clinic, writer)
    await page.held(plan())  # and never settled
    later = clock.now() + timedelta(hours=1)
    assert await in_database(sweeper.mark_overdue_attempts, later) == 1
    assert await in_database(sweeper.close_abandoned_requests, later) == 1
    with pytest.raises(OutcomeUnknown):
        await stored(claiming(clinic, writer))
