"""Requests so bare that what they are attached to is what they are about: "ok?", "plan please"."""

from typing import Final

from routing.classify.normal import words_of
from routing.classify.patterns import FACT_QUESTION
from routing.classify.phrases import find

BARE_UP_TO: Final = 80  # characters
JUDGMENTS: Final = frozenset({"manage", "differential", "medication"})
# Words that ask for a yes or no to what is attached, or for what it says to somebody who knows.
VERDICTS: Final = frozenset(
    words_of(
        "ok okay fine safe sign release verify send approve agree comment comments interpret"
        " anything worry worried urgent routine input read respond act action actions help feedback"
        " meaning firmo libero valido mando autorizo seguro grave alta urge comentarios interpreta"
        " normal sigo dejo doy espera opinas preocupa"
    )
)
# A question that begins so asks after a fact of what is attached.
OF_FACT: Final = frozenset(
    words_of(
        "is are was were did does do has have had how es son fue hay tiene trae dice cuantos"
        " cuantas"
    )
)


def wants_opinion(asked: str) -> bool:
    """Return whether a request says no more than that somebody shall judge what comes with it."""
    if not asked or len(asked) > BARE_UP_TO:
        return False
    hits, words = find(asked), words_of(asked)
    if hits.lead:
        return hits.lead in JUDGMENTS
    if not VERDICTS.isdisjoint(words):
        return True
    is_question = asked.rstrip().endswith("?") and len(words) > 1
    return is_question and words[0] not in OF_FACT and not FACT_QUESTION.search(asked.casefold())
