"""The answer as the API contract shows it (docs/api.md): every figure computed from the ledger."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from routerproject.shared.money import NOTHING, NanoUsd, usd_text
from routing import message_schema
from routing.cache import Looked
from routing.message_schema import MESSAGE
from routing.protect import SafeRequest
from routing.providers.messages import text_of
from routing.types import Candidate, Caution, Decision, ProviderReply, Reason
from usage import pricing
from usage.catalog import Catalog
from usage.ledger.calls import EndedAttempt
from usage.ledger.page import Page
from usage.ledger.rows import token_columns
from usage.pricing import TokenCounts

COUNTERFACTUAL_TIER = "opus"  # what savings are measured against


@dataclass(frozen=True, slots=True)
class Timing:
    """Where the time of a request went, in milliseconds."""

    total_ms: float
    upstream_ms: float
    time_to_first_token_ms: float | None = None


def uniform_opus(tokens: TokenCounts, catalog: Catalog, moment: Any) -> NanoUsd:
    """Return what the same tokens cost at the Opus price of the moment: an estimate, since another
    model would have written another answer."""
    price = catalog.price_at(catalog.default_models.get(COUNTERFACTUAL_TIER, ""), moment)
    return pricing.cost(tokens, price) if price else NOTHING


def render(
    *,
    reply: ProviderReply,
    served: Candidate | None,
    decision: Decision,
    safe: SafeRequest,
    page: Page,
    timing: Timing,
    opus: NanoUsd,
    looked: Looked,
    cautions: Iterable[Caution],
) -> dict[str, Any]:
    """Return the reply with tokens still in it; re-hydration is the last step of all.

    `served` is who answered; None where a rule did.
    """
    return {
        "id": str(page.row.id),
        "text": text_of(reply.content),
        "content": [dict(block) for block in reply.content],
        "stop_reason": reply.stop_reason,
        "truncated": is_truncated(reply.stop_reason),
        "routing": {
            **(routing(decision) if served is None else served_by(decision, served)),
            "attempts": attempts(page),
        },
        "usage": token_columns(_sum(page.ended)),
        "cost": _cost(page, opus),
        "latency_ms": {
            "total": round(timing.total_ms, 3),
            "upstream": round(timing.upstream_ms, 3),
            "overhead": round(timing.total_ms - timing.upstream_ms, 3),
            "time_to_first_token": _rounded(timing.time_to_first_token_ms),
        },
        "cache": {"status": looked.status, "age_seconds": looked.age_seconds},
        "phi": {
            "policy": safe.policy.slug,
            "identifiers": dict(safe.counts),
            "doubts": dict(safe.doubts),
        },
        "warnings": [{"code": c.code, "text": c.text} for c in cautions],
        MESSAGE: {
            "id": reply.message_id,
            "model": reply.model,
            "stop_sequence": reply.stop_sequence,
            "stop_details": reply.stop_details,
            "usage": message_schema.usage_of(reply.usage),
        },
    }


def shown(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply without what only the providers' own schemas have a place for."""
    return {name: value for name, value in document.items() if name != MESSAGE}


def headers_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers of a whole answer, whose cost is known."""
    return {
        **headers(
            document["routing"],
            (each["code"] for each in document["warnings"]),
            cache=document["cache"]["status"],
        ),
        "X-Router-Cost-Usd": document["cost"]["total_usd"],
    }


def headers(facts: Mapping[str, Any], warnings: Iterable[str], *, cache: str) -> dict[str, str]:
    """Return the decision as headers: what is known before the first byte of an answer."""
    found = {
        "X-Router-Tier": facts["tier"],
        "X-Router-Model": facts["model"],
        "X-Router-Reason": _deciding(facts["reasons"]),
        "X-Router-Confidence": str(facts["confidence"]),
        "X-Router-Warnings": ",".join(warnings),
        "X-Router-Cache": cache,
    }
    return {name: value for name, value in found.items() if value}


def served_by(decision: Decision, candidate: Candidate) -> dict[str, Any]:
    """Return the decision as it came out: with who answers, which a fallback changes."""
    return {
        **routing(decision),
        "tier": candidate.tier,
        "model": candidate.model.model_id,
        "deployment": candidate.deployment.slug,
    }


def routing(decision: Decision) -> dict[str, Any]:
    """Return the decision with its reasons in order."""
    chosen = decision.chain[0] if decision.chain else None
    return {
        "task_type": decision.task_type,
        "tier": decision.tier,
        "model": chosen.model.model_id if chosen else None,
        "deployment": chosen.deployment.slug if chosen else None,
        "source": decision.source,
        "confidence": round(decision.confidence, 4),
        "complexity": decision.complexity,
        "reasons": [_reason(reason) for reason in decision.reasons],
        "floor": decision.floor,
        "variant": decision.variant,
        "prompt_version": decision.prompt_version,
        "attempts": [],
    }


def attempts(page: Page) -> list[dict[str, Any]]:
    """Return each call that was made, with what it cost."""
    return [_attempt(attempt) for attempt in page.ended]


def is_truncated(stop_reason: str | None) -> bool:
    """Say whether an answer ended before its end."""
    return stop_reason in (None, "max_tokens", "model_context_window_exceeded")


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 3)


def _cost(page: Page, opus: NanoUsd) -> Mapping[str, str]:
    return {
        "total_usd": usd_text(page.cost),
        "model_usd": usd_text(page.spent_on("model")),
        "classifier_usd": usd_text(page.spent_on("classifier")),
        "other_usd": usd_text(page.spent_on("other")),
        "uniform_opus_usd": usd_text(opus),
        "saved_usd": usd_text(opus - page.cost),
    }


def _sum(attempts: Iterable[EndedAttempt]) -> TokenCounts:
    return sum((attempt.tokens for attempt in attempts), TokenCounts())


def _attempt(attempt: EndedAttempt) -> dict[str, Any]:
    return {
        "model": attempt.model_id,
        "kind": attempt.kind,
        "outcome": attempt.outcome,
        "cost_usd": usd_text(attempt.cost),
        "latency_ms": round(attempt.latency_ms, 3),
    }


def _deciding(reasons: list[dict[str, str]]) -> str:
    """Return the code of the last step that asked for a tier."""
    asked = [each for each in reasons if each["effect"] and each["step"] != "deployment"]
    return (asked or reasons or [{"code": ""}])[-1]["code"]


def _reason(reason: Reason) -> dict[str, str]:
    return {
        "step": reason.step,
        "code": reason.code,
        "text": reason.text,
        "effect": reason.effect,
    }
