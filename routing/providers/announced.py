"""When models are retired, as the vendor's own SDK announces it."""

import re
from collections.abc import Mapping
from datetime import date, datetime

from anthropic.resources.messages.messages import DEPRECATED_MODELS

_ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th)\b")


def retirement_dates(table: Mapping[str, str] = DEPRECATED_MODELS) -> dict[str, date]:
    """Return the retirement day of each model id that the installed SDK warns of.

    The SDK writes "November 30th, 2026"; what it may write otherwise one day is left out.
    """
    found = {}
    for model_id, text in table.items():
        try:
            day = datetime.strptime(_ORDINAL.sub("", text) + " +0000", "%B %d, %Y %z").date()
        except ValueError:
            continue
        found[model_id] = day
    return found
