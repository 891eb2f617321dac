"""What a status and a header of an answer mean, whichever protocol it was given in. Pure."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.utils.http import parse_http_date_safe

from routing.errors import PartRefused, ProviderRefused
from routing.providers import refused_place
from routing.providers.refused_place import Place

LONGEST_RETRY_AFTER_SECONDS: Final = 3_600
LONGEST_DATE: Final = 64
_NUMBER: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
REFUSALS: Final = frozenset({400, 401, 402, 403, 404, 405, 413, 422})
# These may be about what the caller wrote; the others are about the account or the whole.
ABOUT_A_PART: Final = frozenset({400, 422})


def retry_after(headers: Mapping[str, str], *, now: datetime) -> int | None:
    """Return the seconds to wait that a provider asks for, rounded up, if that makes sense.

    A number, which OpenAI's SDK takes with a fraction too, a date (RFC 9110 10.2.3), counted from
    the provider's own where it tells the time, or Azure's header in milliseconds.
    """
    value = headers.get("retry-after", "")
    if not value:
        thousandths = headers.get("retry-after-ms", "")
        return _bounded(float(thousandths) / 1000) if _NUMBER.fullmatch(thousandths) else None
    if _NUMBER.fullmatch(value):
        return _bounded(float(value))
    until, since = _moment(value), _moment(headers.get("date", "")) or now
    return _bounded((until - since).total_seconds()) if until else None


def _bounded(seconds: float) -> int:
    return math.ceil(max(0.0, min(seconds, LONGEST_RETRY_AFTER_SECONDS)))


def _moment(text: str) -> datetime | None:
    """Return the time that a date of HTTP names; it is always UTC."""
    seconds = parse_http_date_safe(text) if text.isascii() and len(text) <= LONGEST_DATE else None
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def refusal(status: int, content: bytes, **facts: Any) -> ProviderRefused:
    """Return the failure of a refused request; it is the caller's if a part of theirs is named."""
    place = refused_place.place_in(content) if status in ABOUT_A_PART else None
    if place is None:
        return ProviderRefused(**facts)
    return PartRefused(_sentence(place), field=place.field, **facts)


def _sentence(place: Place) -> str:
    about = f" ({', '.join(place.keywords)})" if place.keywords else ""
    return f"The provider refused {place.field}{about}."
