"""An answer that a rule gives: nothing leaves the house, and it costs nothing."""

from collections.abc import Callable
from functools import partial
from typing import Any

from phi.rehydrate import rehydrate
from routerproject.shared import turns
from routerproject.shared.money import NOTHING
from routing import reply
from routing.answering import Answering
from routing.cache import OFF
from routing.providers.messages import NO_TOKENS
from routing.rule_tasks import HANDLERS
from routing.types import ProviderReply
from usage.catalog import RULE_TIER
from usage.ledger.closing import Closing, Served

OUTCOME = "by-rule"


async def answered(answering: Answering) -> dict[str, Any]:
    """Return the reply, with tokens in it, once its record is written.

    Raises what the handler of the task type raises, DatabaseUnavailable and the idempotency errors.
    """
    written = await turns.here().run(partial(_written, answering), rank=turns.BEGUN)
    document = _rendered(answering, written)
    await answering.page.close(
        Closing(
            state="completed",
            outcome=OUTCOME,
            latency_ms=answering.asked.elapsed_ms,
            served=Served(RULE_TIER, "", ""),
            claim_end=answering.claim_end(lambda: document),
        )
    )
    return document


def _written(answering: Answering) -> str:
    restore: Callable[[str], str] = partial(_restored, answering)
    handler = HANDLERS[answering.decision.task_type or ""]
    return handler(answering.safe.request, answering.asked.config.table, restore)


def _restored(answering: Answering, text: str) -> str:
    return str(rehydrate(text, answering.safe.vault)[0])


def _rendered(answering: Answering, text: str) -> dict[str, Any]:
    asked, safe, decision = answering.asked, answering.safe, answering.decision
    return reply.render(
        reply=ProviderReply(
            content=({"type": "text", "text": text},),
            stop_reason="end_turn",
            model=RULE_TIER,
            usage=NO_TOKENS,
            provider_request_id="",
            latency_ms=0.0,
            message_id=f"msg_{answering.page.row.id.hex}",
        ),
        served=None,
        decision=decision,
        safe=safe,
        page=answering.page,
        timing=reply.Timing(asked.elapsed_ms, 0.0),
        opus=NOTHING,  # no model would have been metered, so no saving is claimed
        looked=OFF,
        cautions=(*asked.request.cautions, *safe.cautions, *decision.warnings),
    )
