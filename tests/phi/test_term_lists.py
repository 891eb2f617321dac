"""What stands among eponyms and instruments is one of them; what stands among people is not."""

import pytest

from phi.detect.term_lists import is_listed_term


def _is_term(text: str) -> bool:
    start, end = text.index("<"), text.index(">") - 1
    return is_listed_term(text.replace("<", "").replace(">", ""), start, end)


@pytest.mark.parametrize(
    "text",
    [
        "Colles, <Smith>, Barton, Chauffeur, Galeazzi and Monteggia fractures",
        "Galeazzi, Monteggia, <Bennett, Rolando, Jones>, Lisfranc and Maisonneuve",
        "Edwards Sapien 3, <Abbott> Amplatzer, Medtronic Micra, LivaNova Perceval",
        "Xarelto, <Alli>, Lipitor and Flomax interact.",
        "Caprini 4, Khorana 2, <Padua> 6, Rockall 3",
    ],
)
def test_a_word_among_terms_is_a_term(text: str) -> None:
    assert _is_term(text)


@pytest.mark.parametrize(
    "text",
    [
        "Seen with <Smith>, Jones and Garcia.",
        "Dr. <Smith>, Galeazzi, Monteggia",
        "Lasix, Coreg, <Maria Gonzalez>, Eliquis",
        "<Kowalczyk> 71, Perez 54, Nguyen 48",
        "WALLACE, <KELLER>, LASIX, COREG",
        "Refills for <Hutchins>: Lasix, Coreg, Eliquis",
        "<Smith>",
    ],
)
def test_a_person_beside_terms_stays_a_person(text: str) -> None:
    assert not _is_term(text)
