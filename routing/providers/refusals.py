"""What a status and a header of an answer mean, whichever protocol it was given in. Pure."""

from collections.abc import Mapping
from typing import Final

LONGEST_RETRY_AFTER_SECONDS: Final = 3_600
REFUSALS: Final = frozenset({400, 401, 402, 403, 404, 405, 413, 422})


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Return the seconds to wait that a provider asks for, if it is a sane number."""
    value = headers.get("retry-after", "")
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        return None
    return min(int(value), LONGEST_RETRY_AFTER_SECONDS)
