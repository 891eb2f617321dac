"""A known number or written-out value is looked for in every text that could hold it."""

import re

from hypothesis import given
from hypothesis import strategies as st

from phi.detect.known import KINDS
from phi.detect.known_numbers import KnownNumber, NumberMatcher, numbers_of, spelling_pattern
from phi.detect.known_written import Written, written_of
from phi.detect.recognizer import compiled, compiled_of_known
from phi.detect.view import View
from phi.known import identifiers_of
from phi.types import KnownIdentifier

RECORD = {
    "name": {"first": "Robert", "last": "Garcia"},
    "birth_date": "1980-03-04",
    "mrn": "QB-00482913",
    "ssn": "123-45-6789",
    "phone": "+1 (555) 234-5678",
    "email": "bob.garcia-3@mail.example.com",
    "insurance_id": "XOQ1Z7T8821",
    "address": {"street": "12 Oak Street", "city": "Hope", "state": "IL", "zip": "62704"},
}
BORN = ("1980-03-04", "1967-12-21", "1950-10-13", "2011-07-30", "2000-01-20")
KNOWN = identifiers_of([RECORD])
NUMBERS = tuple(
    number for one in KNOWN for number in numbers_of(one, KINDS.get(one.category, "ID"))
)
WRITTEN = tuple(
    form
    for one in (*KNOWN, *(KnownIdentifier("date", day) for day in BORN))
    for form in written_of(one)
)
OCTETS = st.characters(max_codepoint=0xFF)
AROUND = st.text(OCTETS, max_size=8)


def _view(text: str) -> View:
    return View(text, text, text.encode("latin-1"))


@given(st.sampled_from(NUMBERS), AROUND, AROUND, st.data())
def test_every_spelling_of_a_number_is_looked_for(
    number: KnownNumber, before: str, after: str, data: st.DataObject
) -> None:
    pattern = re.compile(spelling_pattern(number.text))
    spelled = data.draw(st.from_regex(pattern, fullmatch=True, alphabet=OCTETS))
    assert number.text in NumberMatcher(NUMBERS).possible(_view(before + spelled + after))


def test_a_text_without_the_figures_of_a_number_is_not_searched_for_it() -> None:
    assert NumberMatcher(NUMBERS).possible(_view("BP 120/80, seen on 05/06/2024, SSN 123-4")) == ()


@given(st.sampled_from(WRITTEN), AROUND, AROUND, st.data())
def test_every_written_out_form_is_found(
    form: Written, before: str, after: str, data: st.DataObject
) -> None:
    pattern = re.compile(form.pattern, re.ASCII)
    spelled = data.draw(st.from_regex(pattern, fullmatch=True, alphabet=OCTETS))
    view = _view(f"{before} {spelled} {after}")
    assert bool(form.program.search(view.octets)) == bool(list(form.hits(view)))


def test_the_library_keeps_no_program_of_known_identifiers() -> None:
    """Its own cache would hold them for longer than the minute in which they are needed."""
    assert compiled("00482913") is compiled("00482913")
    assert compiled_of_known("00482914") is not compiled_of_known("00482914")
