"""How far a declared task type is believed against its text. Pure; names and thresholds.

A right type is believed unless the text speaks clearly against it: nearly all declarations are
right, and a doubt that moved them would do more harm than the wrong ones it caught.
"""

import math
from collections.abc import Mapping
from typing import Final

from routing.kinds_of_work import CHANNELS, KINDS, LOOKS_CRITICAL, PREFIX, kind_of

RAISE_TO_TOP_ABOVE: Final = 0.60  # P(the top tier is needed) that overrules a declared type
# The same where the text looks like the declared kind of work and that kind is not clinical. It
# lies above what an alarm alone makes of any text (`heuristics.ALARMED`): a chart of somebody
# gravely ill is formatted like any other. From this likeness on, the alarm counts here too.
RAISE_FITTING_TO_TOP_ABOVE: Final = 0.66
SURELY_CRITICAL_FROM: Final = 0.50
RAISE_ABOVE: Final = 0.50  # P(more than the declared type's tier is needed) that overrules it
# Odds that a declared type is right before its text is seen, as far as they count against a raise
# below the top; and how sharply the likeness of the text to that kind of work moves them.
ODDS_OF_DECLARED: Final = 0.25
LIKENESS: Final = 1.5
FITS_FROM: Final = 0.50  # trust
CONTRADICTED_BELOW: Final = 0.30  # trust; only then may a surely easy text lower the tier


def trust(slug: str, features: Mapping[str, float]) -> float:
    """Return how far a declared type is believed for what its text looks like, 0 to 1.

    The text may look as much like that kind of work as like any other: then as likely as not.
    """
    kind = None if slug in CHANNELS else kind_of(slug)
    likely = features.get(f"{PREFIX}{kind}", 0.0) if kind else 0.0
    odds = ODDS_OF_DECLARED * math.pow(likely * len(KINDS), LIKENESS)
    return odds / (1.0 + odds)


def needs_top(
    probability: float, slug: str, features: Mapping[str, float], *, is_clinical: bool
) -> bool:
    """Return whether P(the top tier is needed) overrules a declared type, clinical or not."""
    fits = not is_clinical and trust(slug, features) >= FITS_FROM
    is_alarmed = features.get(LOOKS_CRITICAL, 0.0) >= SURELY_CRITICAL_FROM
    is_careful = fits and not is_alarmed
    return probability > (RAISE_FITTING_TO_TOP_ABOVE if is_careful else RAISE_TO_TOP_ABOVE)


def overrules(more: float, slug: str, features: Mapping[str, float]) -> bool:
    """Return whether P(`more` than its tier is needed) speaks against a declared type."""
    return more > RAISE_ABOVE / (1.0 - trust(slug, features))


def may_lower(slug: str, features: Mapping[str, float]) -> bool:
    """Return whether the text looks so little like a declared type that its tier may fall."""
    return trust(slug, features) < CONTRADICTED_BELOW
