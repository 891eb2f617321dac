"""On which line of a bill a call stands: for the answer, for the classifier, or for all else.

Said three times, for a value, for a query and in SQL; a test holds them to each other.
"""

from typing import Final, Literal

from django.db.models import Q

from usage.models import DISCARDED, AttemptKind, AttemptState

Line = Literal["model", "classifier", "other"]
_ANSWERS: Final = (AttemptKind.MAIN, AttemptKind.FALLBACK)
# A call begun early is the answer's unless it came to nothing or was not used.
OF_THE_MODEL: Final = Q(kind__in=_ANSWERS) | (
    Q(kind=AttemptKind.SPECULATION, state=AttemptState.SETTLED) & ~Q(outcome=DISCARDED)
)
OF_THE_CLASSIFIER: Final = Q(kind=AttemptKind.CLASSIFIER)
OF_THE_MODEL_SQL: Final = (
    "(a.kind IN ('main', 'fallback')"
    f" OR a.kind = 'speculation' AND a.state = 'settled' AND a.outcome <> '{DISCARDED}')"
)
OF_THE_CLASSIFIER_SQL: Final = "(a.kind = 'classifier')"


__all__ = [
    "DISCARDED",
    "OF_THE_CLASSIFIER",
    "OF_THE_CLASSIFIER_SQL",
    "OF_THE_MODEL",
    "OF_THE_MODEL_SQL",
    "Line",
    "line_of",
]


def line_of(kind: str, state: str, outcome: str) -> Line:
    """Return where the cost of an ended call stands."""
    if kind == AttemptKind.CLASSIFIER:
        return "classifier"
    is_used = state == AttemptState.SETTLED and outcome != DISCARDED
    if kind in _ANSWERS or (kind == AttemptKind.SPECULATION and is_used):
        return "model"
    return "other"
