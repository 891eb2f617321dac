"""Texts for the review queue: those of a share of the answered requests, where a policy says so.

They are written when the answer has been given, by a task of its own that outlives the response.
What goes wrong here leaves the answer as it is; a text that cannot be kept is not kept.
"""

from typing import Final
from uuid import UUID

import structlog

from phi import review_texts
from phi.review_texts import Kept
from phi.types import PhiPolicy
from routerproject.shared import clock
from routerproject.shared.database import in_database
from routing.answering import Answering
from routing.protect import conversation_reference
from routing.providers import outliving
from routing.providers.fallback import Answer
from routing.providers.live import LiveStream
from routing.quality.excerpt import excerpt_of
from routing.types import ProviderReply

KIND: Final = "review text"
MOST_AT_ONCE: Final = 8  # in one process
log = structlog.get_logger(__name__)


def begin(answering: Answering, answer: Answer[ProviderReply]) -> None:
    """Have the text of an answered request kept, if it is among the share of its policy."""
    if not _is_chosen(answering):
        return
    if outliving.count(KIND) >= MOST_AT_ONCE:
        log.info("review_text.skipped", request_id=str(answering.page.row.id))
        return
    outliving.begin(_kept(answering, answer.reply), name=KIND)


def begin_at_end(answering: Answering, opened: Answer[LiveStream]) -> None:
    """Do as `begin` does once a stream has come to its end."""
    if not _is_chosen(answering):
        return

    def ended(whole: ProviderReply | None) -> None:
        if whole is not None:
            begin(answering, Answer(whole, opened.candidate, opened.is_fallback))

    opened.reply.at_end(ended)


def may_keep(policy: PhiPolicy) -> bool:
    """Return whether a policy keeps any text: never one in which identifiers stay as they are."""
    return policy.review_percent > 0 and not policy.allowed_categories


def _is_chosen(answering: Answering) -> bool:
    policy = answering.safe.policy
    return may_keep(policy) and review_texts.is_chosen(
        answering.asked.request.id, policy.review_percent
    )


async def _kept(answering: Answering, reply: ProviderReply) -> None:
    asked, policy = answering.asked, answering.safe.policy
    text = Kept(
        request_id=UUID(asked.request.id),
        tenant_id=asked.grant.tenant_id,
        case_ref=conversation_reference(asked.request),
        document=excerpt_of(answering.safe.request, reply).as_json(),
        percent=policy.review_percent,
        at=clock.now(),
        days=policy.review_days,
    )
    try:
        is_kept = await in_database(review_texts.keep, text)
    except Exception as error:  # noqa: BLE001 (a text that cannot be kept must not cost an answer)
        log.error("review_text.not_kept", error=type(error).__qualname__)
        return
    if not is_kept:
        log.info("review_text.case_destroyed")
