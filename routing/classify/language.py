"""Which language a request is written in: English, Spanish or another, by its commonest words."""

from typing import Final

from routing.classify import lexicon_en, lexicon_es
from routing.classify.normal import words_of

_ENGLISH: Final = frozenset(words_of(lexicon_en.COMMON))
_SPANISH: Final = frozenset(words_of(lexicon_es.COMMON))


def language_of(text: str) -> str:
    """Return `en`, `es` or `other`; too few common words leave it at `en`, the clinic's usual."""
    words = words_of(text)
    english = sum(w in _ENGLISH for w in words)
    spanish = sum(w in _SPANISH for w in words)
    if spanish > english:
        return "es"
    return "en" if english or len(words) < 8 else "other"
