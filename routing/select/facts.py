"""What a decision looked at, free of text, and the way back from there to the same decision.

A record holds all that the steps ask for, except the health and headroom of deployments, which are
of the moment, and the name of the conversation, which may be an identifier. Pure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final

from phi.types import PhiPolicy
from routing.select.conditions import has_keywords, holds
from routing.select.decide import declared_task
from routing.select.draft import Situation
from routing.select.size import RequestSize
from routing.select.words import keyword_key
from routing.types import (
    BudgetPressure,
    Json,
    Reason,
    RouteRequest,
    RoutingTable,
    Verdict,
)

FORMAT: Final = 1  # of a record that can be replayed
ASKED: Final = ("max_tokens", "effort", "thinking", "temperature")
SIZE: Final = tuple(each.name for each in fields(RequestSize))


def facts_of(situation: Situation) -> dict[str, Json]:
    """Return what a replay of the decision needs, as JSON without any text of the request."""
    verdict, policy, size = situation.verdict, situation.policy, situation.size
    return {
        "facts": FORMAT,
        "at": situation.now.isoformat(),
        "detected_task_type": verdict.task_type,
        "probabilities": dict(verdict.probabilities),
        "complexity": verdict.complexity,
        "classified_by": verdict.source,
        "classifier": verdict.model_version,
        "classifier_reasons": [[r.step, r.code, r.effect] for r in verdict.reasons],
        "features": dict(verdict.features),
        "asks_clinical_question": verdict.asks_clinical_question,
        "size": [getattr(size, name) for name in SIZE],
        "policy": [policy.mode, sorted(policy.allowed_categories)],
        "contains_identifiers": situation.contains_identifiers,
        "keywords": dict(_keywords(situation)),
        **_where_given(situation),
    }


@dataclass(frozen=True, slots=True)
class Recorded:
    """One decision as the ledger kept it."""

    id: str
    tenant: str
    client: str
    task_type: str | None
    urgency: Any
    accuracy: Any
    patient_facing: bool
    facts: Mapping[str, Json] = field(repr=False)

    @property
    def is_complete(self) -> bool:
        """Return whether all that a replay needs was kept."""
        return self.facts.get("facts") == FORMAT


def restored(recorded: Recorded, table: RoutingTable) -> Situation:
    """Return the situation of a recorded decision, under a table. Raises UnknownTaskType.

    Lists of keywords whose outcome was not recorded count as not found.
    """
    facts = recorded.facts
    mode, categories = facts["policy"]
    return Situation(
        request=_request(recorded),
        verdict=_verdict(facts),
        table=table,
        policy=PhiPolicy("recorded", 1, mode=mode, allowed_categories=frozenset(categories)),
        contains_identifiers=facts["contains_identifiers"],
        now=datetime.fromisoformat(facts["at"]),
        size=RequestSize(*facts["size"]),
        tiers=table.catalog.tiers_in_order,
        task=declared_task(recorded.task_type, table),
        pressure=BudgetPressure(*facts["pressure"]) if "pressure" in facts else None,
        session_floor=facts.get("session_floor"),
        keywords=facts["keywords"],
        unit=facts.get("unit", ""),
    )


def open_keywords(situation: Situation) -> set[str]:
    """Return the keys of the keyword lists that a rule of the table asks for and nobody knows.

    Only where the other conditions of such a rule hold, since elsewhere the words do not matter.
    """
    known = situation.keywords or {}
    return {key for key, _ in _asked_for(situation) if key not in known}


def _keywords(situation: Situation) -> Iterator[tuple[str, bool]]:
    """Yield for each list of keywords that a rule asks for whether the text has one of them."""
    for key, wanted in _asked_for(situation):
        yield key, has_keywords(wanted, situation)


def _asked_for(situation: Situation) -> Iterator[tuple[str, Json]]:
    for rule in situation.table.rules:
        if "keywords" in rule.conditions:
            others = {n: w for n, w in rule.conditions.items() if n != "keywords"}
            if holds(others, situation):
                wanted = rule.conditions["keywords"]
                yield keyword_key(wanted), wanted


def _where_given(situation: Situation) -> dict[str, Json]:
    """Return what most requests do not have."""
    request, pressure = situation.request, situation.pressure
    asked = {n: value for n in ASKED if (value := getattr(request, n)) is not None}
    found: dict[str, Json] = {
        "asked": {n: dict(v) if isinstance(v, Mapping) else v for n, v in asked.items()},
        "override": _override(situation),
        "allowed_models": sorted(request.allowed_models),
        "session_floor": situation.session_floor,
        "pressure": [pressure.budget, pressure.action, pressure.tier] if pressure else None,
        "unit": situation.unit,
    }
    return {name: value for name, value in found.items() if value}


def _override(situation: Situation) -> list[Json] | None:
    """Return the tier or model that the caller named, if the catalog knows it.

    Any other name is a word of the caller's and may be a person's; it is kept as empty.
    """
    request, catalog = situation.request, situation.table.catalog
    if request.model is None:
        return None
    is_known = request.model in situation.tiers or catalog.model(request.model) is not None
    return [request.model if is_known else "", request.model_use, request.may_override]


def _request(recorded: Recorded) -> RouteRequest:
    facts = recorded.facts
    model, use, by_right = facts.get("override", (None, "pin", False))
    return RouteRequest(
        id=recorded.id,
        tenant=recorded.tenant,
        client=recorded.client,
        messages=(),
        received_at=datetime.fromisoformat(facts["at"]),
        task_type=recorded.task_type,
        urgency=recorded.urgency,
        accuracy=recorded.accuracy,
        patient_facing=recorded.patient_facing,
        model=model,
        model_use=use,
        may_override=by_right,
        allowed_models=frozenset(facts.get("allowed_models", ())),
        **facts.get("asked", {}),
    )


def _verdict(facts: Mapping[str, Json]) -> Verdict:
    return Verdict(
        task_type=facts["detected_task_type"],
        probabilities=facts["probabilities"],
        complexity=facts["complexity"],
        source=facts["classified_by"],
        reasons=tuple(
            Reason(step, code, "", effect)
            for step, code, effect in facts.get("classifier_reasons", ())
        ),
        features=facts["features"],
        asks_clinical_question=facts["asks_clinical_question"],
        model_version=facts["classifier"],
    )
