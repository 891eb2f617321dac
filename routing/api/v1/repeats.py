"""Whether a client may repeat a call by itself: the SDKs repeat 409, 429 and 5xx."""

from routing.api import problems
from routing.errors import AnswerNotKept, RouterError


def headers(error: RouterError) -> dict[str, str]:
    """Return the headers of a problem, and whether the SDKs may repeat the call by themselves.

    A call that may have been billed is not repeated without being asked: a second one would be
    billed as well.
    """
    may_repeat = error.is_retryable and not error.is_billed
    return {
        **problems.headers(error),
        **_first(error),
        "x-should-retry": "true" if may_repeat else "false",
    }


def _first(error: RouterError) -> dict[str, str]:
    """Return which request a repeat repeats, for which the providers' schemas have no place."""
    if not isinstance(error, AnswerNotKept):
        return {}
    return {f"x-router-{name.replace('_', '-')}": value for name, value in error.extra.items()}
