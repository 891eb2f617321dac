"""`GET /v1/models`: what a client may name, in Anthropic's schema or else in OpenAI's."""

from datetime import UTC, datetime
from typing import Any, Final

from django.http import HttpResponseBase, JsonResponse

from routing.api.checks import refuse
from routing.api.problems import NotFound
from routing.api.v1 import dialects
from routing.api.v1.edge import Admission, view
from routing.api.v1.model_names import ROUTED
from usage.catalog import ModelCard

ADDRESS: Final = "/v1/models/"
MOST: Final = 1_000
USUAL: Final = 20
UNDATED: Final = datetime(1970, 1, 1, tzinfo=UTC)  # as the provider shows an unknown release


async def listed(admission: Admission) -> HttpResponseBase:
    """Return the models that this client may be served by, and `auto`."""
    cards = [_ROUTED, *_allowed(admission)]
    if not _is_anthropic(admission):
        return JsonResponse({"object": "list", "data": [_openai(card) for card in cards]})
    page, has_more = _page(admission, cards)
    return JsonResponse(
        {
            "data": [_anthropic(card) for card in page],
            "has_more": has_more,
            "first_id": page[0].model_id if page else None,
            "last_id": page[-1].model_id if page else None,
        }
    )


async def one(admission: Admission) -> HttpResponseBase:
    """Return one model by its id or alias. Raises NotFound."""
    name = admission.call.path.removeprefix(ADDRESS)
    known = admission.config.table.catalog.model(name)
    for card in [_ROUTED, *_allowed(admission)]:
        if card.model_id == name or card == known:
            return JsonResponse((_anthropic if _is_anthropic(admission) else _openai)(card))
    raise NotFound


def _allowed(admission: Admission) -> list[ModelCard]:
    allowed = admission.grant.allowed_model_ids
    cards = admission.config.table.catalog.models.values()
    found = [card for card in cards if card.is_live and (not allowed or card.model_id in allowed)]
    return sorted(found, key=lambda card: card.model_id)


def _is_anthropic(admission: Admission) -> bool:
    return dialects.speaks_anthropic(admission.call.path, admission.headers)


def _page(admission: Admission, cards: list[ModelCard]) -> tuple[list[ModelCard], bool]:
    """Return the page that `limit`, `after_id` and `before_id` ask for."""
    query = admission.call.query
    limit = query.get("limit", str(USUAL))
    if not (limit.isascii() and limit.isdigit() and len(limit) <= 4 and 1 <= int(limit) <= MOST):
        raise refuse("limit", f"must be a whole number from 1 to {MOST}.")
    ids = [card.model_id for card in cards]
    before = query.get("before_id")
    if before in ids:
        cards = cards[: ids.index(before)]
        return cards[-int(limit) :], len(cards) > int(limit)
    after = query.get("after_id")
    rest = cards[ids.index(after) + 1 :] if after in ids else cards
    return rest[: int(limit)], len(rest) > int(limit)


def _anthropic(card: ModelCard) -> dict[str, Any]:
    return {
        "type": "model",
        "id": card.model_id,
        "display_name": card.name,
        "created_at": UNDATED.isoformat().replace("+00:00", "Z"),
        "max_input_tokens": card.context_window_tokens,
        "max_tokens": card.max_output_tokens,
    }


def _openai(card: ModelCard) -> dict[str, Any]:
    return {"id": card.model_id, "object": "model", "created": 0, "owned_by": card.provider}


_ROUTED: Final = ModelCard(model_id=ROUTED, name="Chosen by the router", tier="", provider="router")
models = view(get=listed)
model = view(get=one)
