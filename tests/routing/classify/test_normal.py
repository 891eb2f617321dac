"""Misspelt words of the lexicons are put right, and others are left alone."""

import pytest

from routing.classify.lexicon_drugs import DRUGS
from routing.classify.normal import Speller, words_of

LEXICON = frozenset(word for word in words_of(DRUGS) if len(word) > 4)
SPELLER = Speller(frozenset({"summarize", "summary", "metformin", "fever"}), frozenset({"forever"}))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sumarize", "summarize"),
        ("summmarize", "summarize"),
        ("smumarize", "summarize"),
        ("sunmarize", "summarize"),
        ("summarizr", "summarize"),
        ("metformn", "metformin"),
        ("mteformin", "metformin"),
    ],
)
def test_one_slip_is_put_right(written: str, meant: str):
    assert SPELLER.repair([written]) == [meant]


@pytest.mark.parametrize("word", ["forever", "summary", "fevr", "etformin", "summmmarize", "walk"])
def test_known_short_and_far_words_stay(word: str):
    """A slip in the first letter is too rare to guess by."""
    assert SPELLER.repair([word]) == [word]


def test_without_a_lexicon_nothing_is_put_right():
    assert Speller(frozenset(), frozenset()).repair(["sumarize"]) == ["sumarize"]


def test_result_is_that_of_comparing_with_every_word():
    """Whatever the words' hashes are, which differ in every process."""
    speller, ordered = Speller(LEXICON, frozenset()), sorted(filter(str.isalpha, LEXICON))
    written = [f"{word[:3]}{word[4:]}" for word in ordered[::20]]
    written += [f"{word[:2]}{word[3]}{word[2]}{word[4:]}" for word in ordered[::20]]
    expected = [compared(word, ordered) for word in written]
    assert speller.repair(written) == expected
    assert expected != written


def compared(word: str, ordered: list[str]) -> str:
    """Return the first word that shares a form with another: by the form, then by the alphabet."""
    if word in LEXICON or len(word) < 5:
        return word
    for form in shortened(word):
        for known in ordered:
            if known[0] == word[0] and form in shortened(known) and is_one_slip(word, known):
                return known
    return word


def shortened(word: str) -> list[str]:
    return [word, *(word[:at] + word[at + 1 :] for at in range(len(word)))]


def is_one_slip(one: str, other: str) -> bool:
    """Tell whether a letter is lost, added or wrong, or two are swapped."""
    if len(one) != len(other):
        longer, shorter = sorted((one, other), key=len, reverse=True)
        return shorter in shortened(longer)
    at = [index for index in range(len(one)) if one[index] != other[index]]
    swapped = len(at) == 2 and one[at[0]] == other[at[1]] and one[at[1]] == other[at[0]]
    return len(at) == 1 or (swapped and at[1] == at[0] + 1)
