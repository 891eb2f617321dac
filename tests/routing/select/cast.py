"""Verdicts, requests and decisions for the tests of `select`."""

from dataclasses import replace

from phi.types import PhiPolicy
from routing.select import decide as decide_room
from routing.select.draft import Situation
from routing.types import Decision, Reason, RouteRequest, RoutingTable, Rule, Verdict
from tests.routing.tables import NOW, routing_table

POLICY = PhiPolicy("default", 1)
TABLE = routing_table(rules=())
RANK = {"rule": 0, "haiku": 10, "sonnet": 20, "opus": 30}


def verdict(haiku: float, sonnet: float, opus: float, **fields) -> Verdict:
    """Return a verdict with these probabilities."""
    probabilities = {"haiku": haiku, "sonnet": sonnet, "opus": opus}
    return Verdict(
        task_type=None,
        probabilities=probabilities,
        complexity="moderate",
        source="heuristics",
        **{"reasons": (Reason("heuristics", "manage", "The request shows: manage."),), **fields},
    )


EASY = verdict(0.90, 0.08, 0.02)
USUAL = verdict(0.05, 0.90, 0.05)
HARD = verdict(0.01, 0.09, 0.90, asks_clinical_question=True)


def request(text: str = "Do it.", **fields) -> RouteRequest:
    """Return a request of the demo tenant."""
    messages = fields.pop("messages", ({"role": "user", "content": text},))
    return RouteRequest(fields.pop("id", "r-1"), "demo", "pms", messages, NOW, **fields)


def situate(
    seen: Verdict = USUAL,
    table: RoutingTable = TABLE,
    *,
    policy: PhiPolicy = POLICY,
    mode: str = "",
    contains_identifiers: bool = False,
    now=NOW,
    pressure=None,
    session_floor=None,
    health=None,
    headroom=None,
    unit="",
    **fields,
) -> Situation:
    """Return what the decision about a request with these fields looks at."""
    return decide_room.situate(
        request(**fields),
        seen,
        table,
        policy=replace(policy, mode=mode) if mode else policy,
        contains_identifiers=contains_identifiers,
        now=now,
        pressure=pressure,
        session_floor=session_floor,
        health=health or {},
        headroom=headroom or {},
        unit=unit,
    )


def decide(seen: Verdict = USUAL, table: RoutingTable = TABLE, **fields) -> Decision:
    """Return the decision for a request with these fields."""
    return decide_room.decide(situate(seen, table, **fields))


def rule(slug: str = "r", priority: int = 10, conditions=None, **actions) -> Rule:
    """Return a published rule."""
    return Rule(slug, 1, priority, conditions or {}, actions)


def codes(decision: Decision) -> list[str]:
    """Return the codes of the reasons, in order."""
    return [reason.code for reason in decision.reasons]
