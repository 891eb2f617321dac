"""Names of people nobody announced: what the lexicon, the model and consistency find and leave."""

import pytest

from phi.detect.lexicon import NOTHING, Word, packed, shared, unpacked
from phi.detect.overlap import resolved
from phi.detect.registry import scan
from phi.detect.view import view_of
from phi.detect.words import FORMS, is_unknown

FOUND = [
    # text, what must be found, why
    ("Today Sara Kowalczyk came with her dog.", "Sara Kowalczyk", "given name and surname"),
    ("Labs discussed with Maria Lopez by phone.", "Maria Lopez", "a given name that is a word"),
    ("Abdi Warsame was driven home.", "Abdi Warsame", "Somali"),
    ("Ride home with Jean van der Berg.", "Jean van der Berg", "particles"),
    ("Ride home with Linh Nguyen.", "Linh Nguyen", "Vietnamese"),
]
KEPT = [
    ("Barrett esophagus and Parkinson disease", "eponyms"),
    ("Continue Lasix and Toprol", "brands"),
    ("Chest Xray Normal, Grade Three Murmur", "title case"),
    ("Austin Flint murmur, Marcus Gunn pupil", "eponyms of two words"),
    ("GENERAL APPEARANCE: WELL NOURISHED", "capitals"),
]


def found(text: str) -> list[str]:
    view = view_of(text)
    hits = resolved(scan(view))
    return [view.text[hit.start : hit.end] for hit in hits if hit.category == "name"]


@pytest.mark.parametrize(("text", "name", "why"), FOUND)
def test_finds_names(text: str, name: str, why: str) -> None:
    assert name in found(text), why


@pytest.mark.parametrize(("text", "why"), KEPT)
def test_keeps_words(text: str, why: str) -> None:
    assert found(text) == [], why


def test_a_word_keeps_what_is_known_about_it_in_sixteen_bits() -> None:
    word = Word(3, 2, 1, 4, 3, True, True, True)
    assert unpacked(packed(word)) == word
    assert packed(word) < 1 << 16
    assert unpacked(packed(NOTHING)) == NOTHING


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("garcia", "surname"),
        ("siobhan", "given"),
        ("chicago", "place"),
        ("patient", "english"),
        ("metoprolol", "clinical"),
        ("parkinson", "is_eponym"),
        ("medicare", "is_proper"),
        ("clinic", "is_organization"),
    ],
)
def test_the_lexicon_knows_its_words(word: str, known: str) -> None:
    assert getattr(shared().word(word), known)


def test_an_invented_word_is_unknown() -> None:
    assert is_unknown("tallowmerian")
    assert not is_unknown("tallow")


def test_a_very_long_word_is_not_kept() -> None:
    assert FORMS["a" * 5000].shape == "l"
    assert "a" * 5000 not in FORMS
