"""A patient object is bounded in every direction, and a refusal names the field."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from phi.known import identifiers_of
from routing.api import body, patients
from routing.errors import InvalidRequest
from tests.phi.cast import PATIENT
from tests.routing.test_request_body import grant

NOW = datetime(2026, 11, 21, tzinfo=UTC)
CANARY = "Zephyrine"
LONG = CANARY * 100


def read(**fields: Any) -> Any:
    return body.read({"prompt": "Hi.", **fields}, request_id="r-1", grant=grant(), received_at=NOW)


@pytest.mark.parametrize(
    "patient",
    [
        PATIENT,
        {"name": "Maria Gonzalez", "address": "9 Elm Rd, Oxbow, ME 04001", "mrn": 482913},
        {"name": {"first": "Maria", "middle": None}, "phones": None, "employer": {"name": "A"}},
        {"emergency_contact": "Zelda Quist", "pcp": {"name": {"last": "Quist"}, "npi": "1"}},
        {"phones": ["555-234-5678"] * 20, "other": {str(n): "x" for n in range(50)}},
        {},
    ],
    ids=str,
)
def test_what_a_clinic_knows_is_taken(patient: dict[str, Any]) -> None:
    assert read(patient=patient).patients == (patient,)


@pytest.mark.parametrize(
    ("patient", "field"),
    [
        ({"phones": ["5"] * 21}, "phones"),
        ({"phones": "555-234-5678"}, "phones"),
        ({"phones": [["555-234-5678"]]}, "phones[0]"),
        ({"phones": [LONG]}, "phones[0]"),
        ({"mrn": LONG}, "mrn"),
        ({"mrn": 10**40}, "mrn"),
        ({"mrn": True}, "mrn"),
        ({"mrn": 1.5}, "mrn"),
        ({"ssn": [CANARY]}, "ssn"),
        ({"sex": {"a": CANARY}}, "sex"),
        ({"name": LONG}, "name"),
        ({"name": [CANARY]}, "name"),
        ({"name": 5}, "name"),
        ({"name": {"first": LONG}}, "name.first"),
        ({"name": {"first": {"a": CANARY}}}, "name.first"),
        ({"name": {"title": CANARY}}, "name.title"),
        ({"address": {"planet": CANARY}}, "address.planet"),
        ({"address": [CANARY]}, "address"),
        ({"emergency_contact": {"friends": [CANARY]}}, "emergency_contact.friends"),
        ({"emergency_contact": {"phone": [CANARY]}}, "emergency_contact.phone"),
        ({"pcp": {"name": {"first": [CANARY]}}}, "pcp.name.first"),
        ({"employer": [CANARY]}, "employer"),
        ({"other": {str(n): CANARY for n in range(51)}}, "other"),
        ({"other": {LONG: "x"}}, "other"),
        ({"other": {"a": LONG}}, "other.a"),
        ({"other": {"a": {"b": CANARY}}}, "other.a"),
        ({"other": [CANARY]}, "other"),
    ],
    ids=str,
)
def test_more_or_other_than_that_is_refused_and_named(patient: dict[str, Any], field: str) -> None:
    for fields, place in (
        ({"patient": patient}, "patient"),
        ({"patients": [patient]}, "patients[0]"),
    ):
        with pytest.raises(InvalidRequest) as refusal:
            read(**fields)
        assert refusal.value.extra["field"] == f"{place}.{field}"
        assert CANARY not in str(refusal.value)


def test_all_patients_together_are_bounded() -> None:
    one = {"phones": ["5"] * 20, "other": {str(n): "x" for n in range(30)}}
    assert len(read(patients=[one] * 20).patients) == 20
    with pytest.raises(InvalidRequest) as refusal:
        read(patients=[one] * 21)
    assert refusal.value.extra["field"] == "patients"
    with pytest.raises(InvalidRequest):
        read(patients=[{}] * (patients.MOST_PATIENTS + 1))


def test_a_hundred_thousand_phones_are_refused_at_once() -> None:
    numbers = [f"555{n:07d}" for n in range(100_000)]
    started = time.thread_time()
    with pytest.raises(InvalidRequest):
        read(patient={"name": "A B", "phones": numbers})
    assert time.thread_time() - started < 0.2


def test_every_field_identifies_or_is_known_not_to() -> None:
    """What is taken here is looked for there."""
    for name in patients.PATIENT_FIELDS - {"id", "sex"}:
        values = {"phones": ["Xq-77182"], "other": {"a": "Xq-77182"}}
        assert identifiers_of([{name: values.get(name, "Xq-77182")}])


def test_what_is_null_is_no_identifier() -> None:
    nothing: dict[str, Any] = {"name": None, "employer": {"address": None}, "other": {"a": None}}
    assert identifiers_of([nothing]) == ()
