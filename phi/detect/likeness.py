"""Whether words that are said to identify nobody look as if they did."""

from typing import Final

from phi.detect import registry
from phi.detect.name import NOT_NAMES
from phi.detect.view import view_of
from phi.name_words import NAME_WORDS

# A name with one of these in it is a place's or a firm's.
_OF_PLACES: Final = frozenset(
    """
    academy associates avenue building campus cardiology care center centre clinic clinics
    college department dental dialysis disease family foundation group health healthcare heights
    home hospice hospital hospitals imaging inc institute lab laboratory laboratories labs llc
    medical medicine memorial network oncology orthopedics partners pediatric pediatrics
    pharmacy plan plaza practice program project radiology regional rehabilitation research road
    room school score services sign study suite surgery surgical syndrome system test trial
    trust unit university ward wing
    """.split()  # noqa: SIM905 - words read better as text
)


def likeness(phrase: str) -> str:
    """Return what a phrase looks like, as the end of a sentence; empty when it is not alarming."""
    hits = registry.scan(view_of(phrase))
    if hits:
        return f"looks like an identifier ({hits[0].category})"
    words = [word.strip(".,'") for word in phrase.split()]
    if not words or not all(word.replace("-", "").replace("'", "").isalpha() for word in words):
        return ""
    lowered = {word.lower() for word in words}
    if lowered & _OF_PLACES or lowered <= {word.lower() for word in NOT_NAMES}:
        return ""
    if len(words) <= 3 and all(word[0].isupper() for word in words):
        return "looks like a person's name"
    if len(words) == 1 and lowered & NAME_WORDS:
        return "is also a name"
    return ""
