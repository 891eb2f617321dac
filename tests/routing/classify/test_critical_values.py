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
    ("creatinina de 0,8 a 2,1", {"creatinine"}),
    ("potasio 6,9", {"potassium"}),  # the fraction after a comma
    ("ph 7,104", {"ph"}),
    ("plaquetas 12,000", {"platelets"}),  # thousands after one
    ("temp 93.2", {"temperature"}),  # 34 degrees Celsius
]
UNITS = [
    ("glucose 2.1 mmol/l", {"glucose"}),
    ("glucose 57 mmol/l", {"glucose"}),
    ("glucose (mmol/l): 2.4", {"glucose"}),
    ('{"glucose_mmol_l": 31.0}', {"glucose"}),
    ("glucosa 2,8 mmol/l", {"glucose"}),
    ("glucemia 5.2 g/l", {"glucose"}),
    ("glucose 41 mg/dl", {"glucose"}),
    ("mg++ 2.5 mmol/l", {"magnesium"}),
    ("phosphate 3.2 mmol/l", {"phosphate"}),
    ("creatinine 450 μmol/l", {"creatinine"}),
    ("hb 65 g/l", {"hemoglobin"}),
    ("glucose 5.6 mmol/l", set()),
    ("glucose 24.9 mmol/l", set()),
    ("glucose 55 mg/dl", set()),
    ("glucemia 1,1 g/l", set()),
    ("calcium 2.3 mmol/l", set()),
    ("creatinine 90 umol/l", set()),
    ("hb 140 g/l", set()),
]
BARE = [
    (2.2, True),  # low as mmol/L
    (7.4, False),  # no mg/dL of a living person has a fraction there
    (12, True),  # fine as mmol/L, low as mg/dL
    (22.0, True),
    (31, True),  # by both
    (58, True),  # fine as mg/dL, very high as mmol/L
    (95, False),
    (460, True),
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


@pytest.mark.parametrize(("text", "found"), UNITS)
def test_a_value_is_judged_in_the_unit_that_is_named(text, found):
    """What is normal in mmol/L would be deadly in mg/dL, and the other way round."""
    assert critical_values(text) == found


@pytest.mark.parametrize(("value", "is_critical"), BARE)
def test_a_glucose_without_a_unit_is_judged_by_the_worse_of_both(value, is_critical):
    """Nobody knows which one was meant, so the higher tier is the safe side."""
    assert bool(critical_values(f"glucose {value}")) is is_critical
