"""The ledger: every outbound model call is admitted before byte 1 and settled after it.

    page = ledger.Page(row, key_id=..., writer=...)
    async with page.admitted(plan) as entry:
        reply = await send(plan.body)
        entry.settle(reply.usage, ...)

Leaving the block without settling marks the attempt `unknown` and keeps its hold.
"""

from usage.ledger.bill import DISCARDED
from usage.ledger.calls import AttemptPlan
from usage.ledger.entry import Entry
from usage.ledger.page import Page
from usage.ledger.rows import ClaimEnd, ClaimRow, RequestRow
from usage.ledger.settling import drain
from usage.ledger.writer import CommitOutcomeUnknown, Writer

__all__ = [
    "DISCARDED",
    "AttemptPlan",
    "ClaimEnd",
    "ClaimRow",
    "CommitOutcomeUnknown",
    "Entry",
    "Page",
    "RequestRow",
    "Writer",
    "drain",
]
