"""Which conversation a request belongs to, and the tier that its earlier turns have had.

A declared task type names a piece of work of its own: its turns are held to each other, so that a
label in a hard case stays cheap. What a person writes without one is held to the same.
"""

from dataclasses import dataclass

import orjson

from routerproject.shared import crypto
from routing.answering import Asked
from routing.protect import conversation_reference
from routing.select.size import is_agent_step
from routing.tier_memory import TierMemory, key_of
from routing.types import Decision, RouteRequest

NO_TYPE = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where one conversation's tier is kept, for turns of one task type or of none."""

    asked: Asked
    memory: TierMemory
    key: str | None = None  # none for a program's step
    has_earlier_turns: bool = False

    @property
    def tiers(self) -> tuple[str, ...]:
        return self.asked.config.table.catalog.tiers_in_order

    async def floor(self) -> str | None:
        """Return the tier below which this turn must not fall, if there is any."""
        if self.key is None or not self.has_earlier_turns:
            return None
        return await self.memory.tier_of(self.key, self.tiers)

    async def decided(self, decision: Decision) -> None:
        """Keep what this turn was decided to get, before its answer leaves: the next one may come
        to another worker. A caller's own choice binds no later turn."""
        if self.key is not None and decision.source != "override":
            await self.memory.remember(self.key, decision.tier, self.tiers)


def conversation_of(asked: Asked, memory: TierMemory) -> Conversation:
    """Return the conversation of a request, by its case, session, user id or first message.

    A program's step in a loop of tools is judged by itself, and says nothing of other turns.
    """
    request = asked.request
    if is_agent_step(request):
        return Conversation(asked, memory)
    named = conversation_reference(request)
    name = _name_of(request)
    if name is None:
        return Conversation(asked, memory)
    return Conversation(
        asked,
        memory,
        key=key_of(str(asked.grant.tenant_id), name, request.task_type or NO_TYPE),
        has_earlier_turns=named is not None or len(request.messages) > 1,
    )


def unit_of(asked: Asked) -> str:
    """Return what stands for the conversation where an experiment deals its arms: a keyed hash.

    Empty where no experiment is live, or the request stands alone.
    """
    if not asked.config.table.experiments:
        return ""
    name = _name_of(asked.request)
    if name is None:
        return ""
    text = f"{asked.grant.tenant_id}\0{name}".encode(errors="replace")
    return crypto.keyed_hash(text, purpose="experiment")[:8].hex()


def _name_of(request: RouteRequest) -> str | None:
    return conversation_reference(request) or _first_message(request)


def _first_message(request: RouteRequest) -> str | None:
    """Return the first message of a person, which stays the same in later turns."""
    first = next((m["content"] for m in request.messages if m["role"] == "user"), None)
    if first is None:
        return None
    return "first:" + orjson.dumps(first, default=dict, option=orjson.OPT_SORT_KEYS).decode()
