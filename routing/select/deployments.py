"""Which models at which deployments may answer, in the order in which they are tried."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import replace

import orjson

from routerproject.shared.errors import RouterError
from routing.errors import BeyondEveryWindow, InvalidRequest, UnknownModel
from routing.providers.prompt_cache import goes_on
from routing.select.draft import Draft, Situation
from routing.select.limits import lowest_ceiling
from routing.types import Candidate, RouteRequest
from usage.catalog import Deployment, ModelCard

NO_PREFILL = (
    "The model for this request does not go on from an assistant's message (a prefill). "
    "The conversation must end with a user message."
)
LEAST_SHARE = 0.05  # of its weight, so that a place that is nearly full is not forgotten


def find_chain(situation: Situation, draft: Draft) -> tuple[Draft, tuple[Candidate, ...]]:
    """Return the candidates, the chosen one first, and the draft with the tier that answers.

    Deployments known to be down go last, those that are frozen after them. Raises UnknownModel when
    nothing fits the request (BeyondEveryWindow for its length), InvalidRequest when that is for its
    last message alone.
    """
    chain, decided = list(_in_order(situation, draft)), draft
    if draft.model is None and (not chain or chain[0].tier != draft.tier):
        draft, able = _from_another_tier(situation, draft)
        chain = [*able, *(c for c in chain if c not in able)]
    if not chain or _is_weaker_for_prefill(situation, decided, chain[0]):
        raise _refusal(situation, decided)
    if situation.is_critical:
        # What the house can run itself is the last resort of work where a weak answer does harm.
        chain[1:] = sorted(chain[1:], key=lambda c: c.deployment.is_on_premise)
    down = {c.deployment.slug for c in chain if not situation.health.get(c.deployment.slug, True)}
    frozen = {c.deployment.slug for c in chain if c.deployment.is_frozen}
    chain.sort(key=lambda c: (c.deployment.slug in frozen, c.deployment.slug in down))
    for slug in sorted(down - frozen):
        text = f"{slug} failed too often and is left alone for some seconds."
        draft = draft.because("deployment", "breaker_open", text)
    for slug in sorted(frozen):
        text = f"{slug} billed more than a call can cost and waits for a person."
        draft = draft.because("deployment", "deployment_frozen", text)
    return _with_tier_of(chain[0], situation, draft), tuple(chain)


def _is_weaker_for_prefill(situation: Situation, draft: Draft, head: Candidate) -> bool:
    """Return whether only a weaker model than was decided takes a prefill: the caller had better
    end with a user's words than get that one."""
    is_weaker = situation.rank(head.tier) < situation.rank(draft.tier)
    return situation.size.is_prefilled and is_weaker


def _refusal(situation: Situation, draft: Draft) -> RouterError:
    """Return what is wrong with a request that nobody can serve."""
    bare = replace(situation, size=replace(situation.size, is_prefilled=False))
    if situation.size.is_prefilled and any(_in_order(bare, draft)):
        return InvalidRequest(NO_PREFILL, field="messages")
    return _nothing_fits(situation, draft)


def _nothing_fits(situation: Situation, draft: Draft) -> RouterError:
    if draft.model and not _may_serve_client(situation, draft.model):
        return UnknownModel(f"This client may not be served by {draft.model}.")
    needed, largest = situation.size.most_tokens, _largest_window(situation, draft)
    if largest and needed >= largest:
        return BeyondEveryWindow(
            f"The prompt may be {needed:,} tokens long; the largest context window of the models "
            f"that may answer has {largest:,}."
        )
    if _is_served_outside(situation, draft):
        ceiling = lowest_ceiling(situation, draft)
        return UnknownModel(f"No model up to the ceiling {ceiling} can serve this request.")
    if situation.request.allowed_models:
        return UnknownModel("No model that this client may be served by can serve this request.")
    if situation.policy.mode == "local_only":
        return UnknownModel(
            "The PHI policy keeps this request on premise, and no model there can serve it."
        )
    if _has_files(situation):
        return UnknownModel(
            "Images and files go to deployments under a BAA or on premise only, and no model there "
            "can serve this request."
        )
    return UnknownModel("No model in the catalog can serve this request under its policy.")


def _is_served_outside(situation: Situation, draft: Draft) -> bool:
    """Return whether a tier above the ceiling could serve the request."""
    return draft.model is None and any(
        candidates(situation, model)
        for model in situation.table.catalog.models.values()
        if situation.rank(model.tier) > situation.rank(draft.tier)
        and not is_within(situation, draft, model.tier)
    )


def _largest_window(situation: Situation, draft: Draft) -> int:
    """Return the tokens of the largest context window among the models in question; 0 without."""
    models = situation.table.catalog.models.values()
    asked = [
        m
        for m in models
        if m.is_live
        and (m.model_id == draft.model if draft.model else is_within(situation, draft, m.tier))
    ]
    windows = (m.context_window_tokens for m in asked if _may_serve_client(situation, m.model_id))
    return max(windows, default=0)


def _with_tier_of(head: Candidate, situation: Situation, draft: Draft) -> Draft:
    """Return the draft with the head's tier, marked when that is not the one decided."""
    where = f"{head.model.model_id} at {head.deployment.slug} answers."
    if head.tier == draft.tier:
        return draft.because("deployment", "deployment_chosen", where, head.tier)
    is_lower = situation.rank(head.tier) < situation.rank(draft.tier)
    code = "fallback_down" if is_lower else "fallback_up"
    text = f"No deployment of {draft.tier} is available; {where}"
    moved = draft.changed(tier=head.tier).because("fallback", code, text, head.tier)
    return moved.warn("fallback-down", text) if is_lower else moved


def _in_order(situation: Situation, draft: Draft) -> Iterator[Candidate]:
    """Yield the chosen model's deployments, then those of the fallbacks, each one once."""
    seen: set[str] = set()
    usual = model_of(situation, draft.tier)
    others = [draft.preferred, usual, *_fallbacks(situation, draft)]
    names = [draft.model] if draft.model else others
    for model in filter(None, (situation.table.catalog.model(n) for n in names if n)):
        if is_within(situation, draft, model.tier) and model.model_id not in seen:
            seen.add(model.model_id)
            yield from candidates(situation, model, is_tried=model.model_id == draft.preferred)


def is_within(situation: Situation, draft: Draft, tier: str) -> bool:
    """Return whether a tier may stand in: not below the floor, nor above a ceiling.

    What was decided against a ceiling, for a floor or by right, moves that bound up to itself.
    """
    rank, ceiling = situation.rank(tier), lowest_ceiling(situation, draft)
    is_low_enough = ceiling is None or rank <= situation.rank(situation.higher(ceiling, draft.tier))
    return situation.rank(draft.floor) <= rank and is_low_enough


def model_of(situation: Situation, tier: str) -> str | None:
    """Return the task type's own model if it is of this tier, else the tier's default."""
    catalog = situation.table.catalog
    own = catalog.model(situation.task.primary_model or "") if situation.task else None
    if own is not None and own.tier == tier:
        return own.model_id
    if tier in catalog.default_models:
        return catalog.default_models[tier]
    members = (m for m in catalog.models.values() if m.tier == tier and m.is_live)
    best = min(members, key=lambda m: (not m.is_tier_default, m.model_id), default=None)
    return best.model_id if best else None


def _fallbacks(situation: Situation, draft: Draft) -> list[str | None]:
    """Return the model ids to try next: the task type's chain, or the tiers above and one below.

    A tier that lies below the task type's own, or that an experiment tries, falls back to that
    first: its chain may name no other than the lower one. Critical work never falls by default;
    what lies outside of floor and ceiling is left out later.
    """
    task = situation.task
    if task and task.fallback:
        is_lowered = situation.rank(draft.tier) < situation.rank(task.tier)
        is_elsewhere = is_lowered or (draft.variant is not None and draft.tier != task.tier)
        named = (task.tier, *task.fallback) if is_elsewhere else task.fallback
        return [model_of(situation, n) if n in situation.tiers else n for n in named]
    rank = situation.rank(draft.tier)
    above = [t for t in situation.tiers if situation.rank(t) > rank]
    below = [t for t in situation.tiers if situation.rank(t) < rank][-1:]
    return [model_of(situation, t) for t in (above if situation.is_critical else above + below)]


def _from_another_tier(situation: Situation, draft: Draft) -> tuple[Draft, list[Candidate]]:
    """Return the nearest tier that can serve the request: upward first, never below the floor."""
    rank = situation.rank(draft.tier)
    above = [t for t in situation.tiers if situation.rank(t) > rank]
    below = [t for t in reversed(situation.tiers) if situation.rank(t) < rank]
    for tier in [draft.tier, *above, *below]:
        if not is_within(situation, draft, tier):
            continue
        models = (m for m in situation.table.catalog.models.values() if m.tier == tier)
        chain = [c for m in models for c in candidates(situation, m)]
        if chain and tier == draft.tier:
            return draft, chain
        if chain:
            text = f"Only {tier} has a model that can serve this request."
            return draft.choose(tier).because("deployment", "capability", text, tier), chain
    return draft, []


def candidates(
    situation: Situation, model: ModelCard, *, is_tried: bool = False
) -> list[Candidate]:
    """Return where a model may answer this request, best first; empty when it cannot.

    One that is not live answers only where an experiment tries it.
    """
    price = situation.table.catalog.price_at(model.model_id, situation.now)
    if price is None or not (model.is_live or is_tried) or not _can_serve(situation, model):
        return []
    places = situation.table.catalog.deployments.get(model.model_id, ())
    allowed = [p for p in places if _may_receive(situation, p)]
    if len(allowed) > 1:
        conversation = _conversation(situation.request)
        allowed.sort(key=lambda place: _turn(situation, place, conversation))
    return [Candidate(model.tier, model, place, price) for place in allowed]


def _can_serve(situation: Situation, model: ModelCard) -> bool:
    """Return whether a model is not retired and can take what the request carries."""
    size = situation.size
    return (
        _may_serve_client(situation, model.model_id)
        and (model.retires_on is None or model.retires_on > situation.now)
        and (model.vision or not (size.images or size.documents))
        and (model.tools or not size.has_tools)
        and (model.prefill or not size.is_prefilled)
        and size.most_tokens < model.context_window_tokens
    )


def _may_serve_client(situation: Situation, model_id: str) -> bool:
    allowed = situation.request.allowed_models
    return not allowed or model_id in allowed


def _may_receive(situation: Situation, place: Deployment) -> bool:
    """Return whether the PHI policy lets this request go there.

    Tokens are not identifiers, so tokenized text needs no agreement. Images, files and categories
    that a policy lets through as they are do (45 CFR 164.502(e)).
    """
    policy, size = situation.policy, situation.size
    if policy.mode == "local_only" and (situation.contains_identifiers or _has_files(situation)):
        return place.is_on_premise
    is_bare = situation.contains_identifiers and bool(policy.allowed_categories)
    needs_agreement = is_bare or size.images > 0 or size.documents > 0
    return place.has_baa or place.is_on_premise or not needs_agreement


def _has_files(situation: Situation) -> bool:
    return situation.size.images > 0 or situation.size.documents > 0


def _conversation(request: RouteRequest) -> str | None:
    """Return what stays the same in all turns of a conversation; None for what stands alone."""
    user_id = request.metadata.get("user_id")
    named = request.case_id or request.session_id or (user_id if isinstance(user_id, str) else None)
    if named or not goes_on(request):
        return named or None
    first = next((m["content"] for m in request.messages if m["role"] == "user"), None)
    return orjson.dumps(first, default=dict, option=orjson.OPT_SORT_KEYS).decode()


def _turn(situation: Situation, place: Deployment, conversation: str | None) -> float:
    """Return a place's position in the queue: shares follow the weights, conversations stay put.

    Weighted rendezvous hashing: the same conversation always finds the same order, which keeps the
    provider's prompt cache warm, and a place that joins or leaves moves only its own share. What
    stands alone goes where room is left of the limits; a place without any comes last for all.
    """
    free = situation.headroom.get(place.slug, 1.0)
    if place.weight <= 0 or free <= 0:
        return math.inf
    weight = place.weight * (1.0 if conversation else max(free, LEAST_SHARE))
    key = conversation or situation.request.id
    digest = hashlib.blake2b(f"{key}\0{place.slug}".encode(errors="replace"), digest_size=8)
    uniform = (int.from_bytes(digest.digest(), "big") + 1) / 2**64
    return -math.log(min(uniform, 1 - 2**-53)) / weight
