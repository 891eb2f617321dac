"""What is weak evidence in a text about nobody is evidence in one about somebody."""

import pytest

from phi.detect.nobody import speaks_of_somebody, without_weak
from phi.detect.recognizer import Hit
from phi.sanitize import sanitize
from phi.types import PhiPolicy

FILLING = "Check the cuff size, the battery and the recall list of each device. " * 4
POLICY = PhiPolicy(slug="nobody", version=1)


def _sanitized(*texts: str) -> str:
    document = {"messages": [{"role": "user", "content": text} for text in texts]}
    return str(sanitize(document, known=(), policy=POLICY, key=b"k" * 32).document)


def test_months_of_a_clinic_stay_where_nobody_is_spoken_of() -> None:
    assert "PHI_" not in _sanitized(FILLING + "Flu clinics begin in October, EOC rounds in April.")


@pytest.mark.parametrize(
    "who", ["She was seen in October.", "Pt seen in October", "Call 212-555-0143"]
)
def test_months_are_masked_wherever_the_request_speaks_of_somebody(who: str) -> None:
    sanitized = _sanitized(FILLING + "The last visit was in April.", who)
    assert "April" not in sanitized
    assert "October" not in sanitized


@pytest.mark.parametrize(
    "text",
    ["my knee hurts", "Mr. X", "DOB unknown", "45 y/o", "I'm dizzy", "seen by her", "PT: stable"],
)
def test_somebody_is_spoken_of(text: str) -> None:
    assert speaks_of_somebody([FILLING, text], [])


def test_a_short_text_may_leave_the_person_out() -> None:
    assert "3/14" not in _sanitized("3/14: did well")


@pytest.mark.parametrize("text", ["Billroth I or II", "PT/INR weekly", "Check the cuff size."])
def test_nobody_is_spoken_of(text: str) -> None:
    assert not speaks_of_somebody([FILLING, text], [])


def test_a_name_the_model_is_sure_of_counts_anywhere() -> None:
    sure = Hit(0, 5, "name", "NAME", "name-by-model", 0.97)
    unsure = sure._replace(score=0.5)
    known = sure._replace(recognizer="known")
    assert without_weak([sure, unsure, known]) == [sure, known]
    assert not speaks_of_somebody([FILLING], [sure, unsure])
    assert speaks_of_somebody([FILLING], [known])
