"""The clinic whose patients the texts are about: all of them are looked for at the door."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from bench.phi.cases import Case
from phi.known import identifiers_of
from phi.patient_index import PatientIndex

PATIENTS = 20_000
_SYLLABLES = (
    *("ba", "ce", "di", "fo", "gu", "ha", "ke", "li", "mo", "nu", "pa", "re", "si", "to", "vu"),
    *("wa", "xe", "yi", "zo", "lan", "mer", "tin", "dor", "vik"),
)


def index_of(cases: Iterable[Case]) -> PatientIndex:
    """Return the index of a clinic with the patients of these texts and 20,000 others."""
    index = PatientIndex()
    for case in cases:
        for record in (*case.records, *case.others):
            index.add(identifiers_of([record]))
    for record in strangers():
        index.add(identifiers_of([record]))
    return index


def strangers() -> Iterator[dict[str, Any]]:
    """Yield 20,000 patients nobody writes about."""
    rng = Random(1)
    for number in range(PATIENTS):
        birth = date(1930, 1, 1) + timedelta(days=rng.randint(0, 32_000))
        yield {
            "name": {"first": _word(rng), "last": _word(rng)},
            "birth_date": birth.isoformat(),
            "mrn": f"{7_000_000 + number}",
            "ssn": f"{rng.randint(100, 665)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}",
            "phone": f"({rng.randint(200, 989)}) {rng.randint(200, 989)}-{rng.randint(1000, 9999)}",
        }


def _word(rng: Random) -> str:
    return "".join(rng.choice(_SYLLABLES) for _ in range(4)).capitalize()
