"""A recognizer that is not run would have found nothing, whatever the text."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from phi.detect import registry
from phi.detect.overlap import resolved
from phi.detect.view import view_of
from phi.doubt import behind_names, days, days_said, numbers, places, words
from phi.doubt.reading import Gate, Reading, in_any_case
from tests.phi.test_recognizers import FOUND, KEPT

FORMS = (
    "City: Hope\n",
    "| Address : 12 Oak St |",
    "Home phone ..... 555-010-4477",
    "**Employer** = A",
)
STREETS = ("12 Oak Street, Hope", "at 7 Elm Rd. Apt 4, Terre Haute", "Pike, Lee", "9 a b c Way, X")
DOUBT_GATES = [
    gate
    for module in (behind_names, days, days_said, numbers, places, words)
    for gate in vars(module).values()
    if isinstance(gate, Gate)
]
_PIECES = st.one_of(
    st.sampled_from([text for text, *_ in (*FOUND, *KEPT)]),
    st.sampled_from([*FORMS, *STREETS]),
    st.text(st.sampled_from("aeiZ09 \n\t.,:;|=-/'\"()é"), max_size=12),
)
_TEXTS = st.builds(
    lambda pieces, cut: "".join(pieces)[cut:],
    st.lists(_PIECES, min_size=1, max_size=6),
    st.integers(0, 6),
)


@settings(max_examples=150)
@given(_TEXTS)
def test_only_recognizers_without_a_hit_are_left_out(text: str) -> None:
    view = view_of(text)
    assert registry.scan(view) == [hit for each in registry.RECOGNIZERS for hit in each.hits(view)]


def test_a_value_is_taken_for_the_same_whatever_stands_before_it() -> None:
    """Of two recognizers that are as sure of it, the first of the list names it."""
    alone = resolved(registry.scan(view_of("account number 9981-2231")))
    behind = resolved(registry.scan(view_of("Call (555) 234-5678, account number 9981-2231")))
    assert [hit.kind for hit in alone] == ["ACCT"]
    assert [hit.kind for hit in behind] == ["PHONE", "ACCT"]


@given(st.text(st.sampled_from("abiksABIKS |\u0130\u0131\u017f\u212a"), max_size=6))
def test_alternatives_in_any_case_are_those_that_ignore_case(text: str) -> None:
    words = "ab|abs|bi|is|ks|k|s|si"
    found = re.findall(in_any_case(words), text)
    assert found == re.findall(f"(?i:{words})", text)


@given(_TEXTS)
def test_every_place_of_doubt_is_looked_at(text: str) -> None:
    reading = Reading(view_of(text).text)
    for gate in DOUBT_GATES:
        assert any(reading.windows(gate, 0, 0)) == bool(gate.program.search(reading.octets))
