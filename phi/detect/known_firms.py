"""The known employer: with and without its legal form, run together, as its initials."""

import re
from collections.abc import Iterator
from typing import Final

from phi.detect import lexicon
from phi.detect.known_phrases import Phrase, words_of
from phi.name_words import NAME_WORDS

_LEGAL_FORMS: Final = frozenset(
    {"inc", "llc", "ltd", "co", "corp", "gmbh", "company", "plc", "lp", "the"}
)
_AT_WORK: Final = re.compile(
    r"\b(?:at|for|from|with|by|via|through|employer|job|work|called|of)[ :]+(?:the )?\Z"
)
_SHORTEST: Final = 3


def firm_texts(folded: str) -> Iterator[str]:
    """Yield a firm with "and" for "&", hyphens, no blanks, and without its legal form."""
    words = _without_legal_form(folded)
    short = " ".join(words)
    if words and (len(words) > 1 or short not in NAME_WORDS):
        yield short
        yield short.replace("&", "and")
        yield short.replace(" and ", " & ")
        yield short.replace("'s", "")
    if len(words) > 1:
        bare = [word for word in words if word != "&"]
        yield from ("-".join(bare), "".join(bare), "".join(words))
    if len(words) > 2:
        yield " ".join(words[:-1]).replace("&", "and")
        yield " ".join(words[:-1])


def firm_names(folded: str) -> Iterator[str]:
    """Yield what counts only where it is written like a name, where people work: its initials,
    and its first word when that is no word."""
    words = [word for word in _without_legal_form(folded) if word != "&"]
    initials = "".join(word[0] for word in words)
    for name in {initials, words[0].removesuffix("'s")} if len(words) > 1 else ():
        known = lexicon.shared().word(name)
        if len(name) >= _SHORTEST and name.isalpha() and not (known.english > 3 or known.clinical):
            yield name


def is_at_work(text: str, start: int, end: int) -> bool:
    """Tell whether such a name stands where one works."""
    if not text[start:end].isupper() and not text[start:end].istitle():
        return False
    return bool(_AT_WORK.search(text[max(0, start - 24) : start].lower()))


def firm_phrase(folded: str, value: str, usual: str) -> Iterator[Phrase]:
    """Yield the firm as words that may have slips."""
    words = words_of(" ".join(_without_legal_form(folded)))
    if len(words) > 1 and any(len(word) > 3 for word in words):
        yield Phrase(words, "name", "NAME", value, usual)


def _without_legal_form(folded: str) -> list[str]:
    words = [bare for word in folded.split() if (bare := word.strip(",."))]
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
    return words[1:] if len(words) > 1 and words[0] == "the" else words
