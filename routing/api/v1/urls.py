"""The addresses under `/v1/`. All of them are served without middleware (routerproject.asgi)."""

from collections.abc import Callable
from typing import Any, Final

from routing.api.problems import NotFound
from routing.api.v1.chat import completions
from routing.api.v1.edge import Admission, view
from routing.api.v1.messages import count_tokens, messages
from routing.api.v1.models import ADDRESS, model, models

PREFIX: Final = "/v1/"
_EXACT: Final = {
    "/v1/messages": messages,
    "/v1/messages/count_tokens": count_tokens,
    "/v1/chat/completions": completions,
    "/v1/models": models,
}


async def _nothing(admission: Admission) -> Any:
    raise NotFound


_nowhere = view(get=_nothing, post=_nothing)


def find(path: str) -> Callable[..., Any]:
    """Return the view of an address below PREFIX; one that does not exist has a view as well."""
    if path.startswith(ADDRESS):  # the id of a model may hold a slash
        return model
    return _EXACT.get(path, _nowhere)
