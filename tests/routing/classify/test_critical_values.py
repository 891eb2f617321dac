"""Values that a laboratory or a ward calls for at once, and the same measurements in peace."""

import pytest

from routing.classify.critical_values import critical_values

CRITICAL = [
    ("k 6.9, hr 32", {"potassium", "pulse"}),
    ("na 108, seizing", {"sodium"}),
    ("gluc 31 on the drip", {"glucose"}),
    ("glucosa en 28", {"glucose"}),
    ("inr is 9", {"inr"}),
    ("bp 78/44, spo2 84", {"pressure", "saturation"}),
    ('{"hr":138,"spo2":81}', {"pulse", "saturation"}),  # as programs send it
    ("plt 12", {"platelets"}),
    ("platelets 12000", {"platelets"}),  # counted one by one
    ("neutrófilos de 80", {"neutrophils"}),
    ("temp 40.1", {"temperature"}),
    ("temp 103.4", {"temperature"}),  # degrees Fahrenheit
    ("gcs 12", {"consciousness"}),
    ("lactate of 5", {"lactate"}),
    ("crcl 12", {"filtration"}),
    ("hct 17, wbc 600", {"hematocrit", "white cells"}),
    ("lithium level 2.6", {"lithium"}),
    ("cr 0.9 -> 2.4", {"creatinine"}),  # at least twice what it was
    ("creatinina de 0.8 a 2.1", {"creatinine"}),
]
CALM = [
    "k 4.1, na 139",
    "bp 124/78, hr 70, spo2 98",
    "temp 99.1",
    "temp 37.8",
    "plt 210",
    "platelets 180000",
    "inr 2.4",
    "take 5 mg 2 tablets",
    "room 6, bed 2",
    "gcs 15",
    "a1c 9",
    "wbc 11.2, hct 41",
    "lithium 300 mg",
    "cr 0.9 -> 1.1",
    "cr 1.0 to 1.5 weeks",
]


@pytest.mark.parametrize(("text", "found"), CRITICAL)
def test_a_value_outside_of_the_critical_limits_is_named(text, found):
    """Also where a program wrote it, and whatever the unit of a temperature or of a cell count."""
    assert critical_values(text) == found


@pytest.mark.parametrize("text", CALM)
def test_a_value_within_the_limits_is_no_alarm(text):
    """Neither is a number that measures nothing."""
    assert critical_values(text) == frozenset()
