"""Laboratory values and vital signs that laboratories and wards call for at once.

Limits are those of usual critical-value lists of adult hospitals, in the units that clinics of the
United States write without naming them; another unit that is named is converted. A value outside is
named by what was measured. Anything else is no alarm.
"""

from typing import Final

import re2

ANY: Final = float("inf")
# what is measured: how it is written, and the least and greatest value that is no alarm
LIMITS: Final[dict[str, tuple[str, float, float]]] = {
    "potassium": (r"k\+?|potassium|potasio", 2.9, 6.0),
    "sodium": (r"na\+?|sodium|sodio", 121, 158),
    "glucose": (r"glucose|gluc|glucosa|glucemia|sugar|azucar|fsbs|bg", 54, 450),
    "hemoglobin": (r"hgb|hb|hemoglobin|hemoglobina", 7.0, 21),
    "hematocrit": (r"hct|hematocrit|hematocrito", 20, 60),
    "white cells": (r"wbc|leukocytes|leucocitos", 1.0, 50),
    "fibrinogen": (r"fibrinogen|fibrinogeno", 100, ANY),
    "carbon dioxide": (r"pa?co2", 20, 70),
    "phosphate": (r"phos|phosphate|fosforo|fosfato", 1.0, 8.9),
    "lithium": (r"(?:lithium|li) level|litemia", 0, 1.9),
    "digoxin": (r"(?:digoxin|dig) level|digoxinemia", 0, 2.4),
    "platelets": (r"plt|platelets|plaquetas", 30, 1_000_000),
    "inr": (r"inr", 0, 4.9),
    "lactate": (r"lactate|lactato", 0, 3.9),
    "ph": (r"ph", 7.2, 7.6),
    "bicarbonate": (r"hco3|bicarb", 10, 40),
    "creatinine": (r"cr|creat|creatinine|creatinina", 0, 3.5),
    "filtration": (r"e?gfr|fge?|tfg|crcl|clcr|filtrado|depuracion|aclaramiento", 15, ANY),
    "neutrophils": (r"anc|neutrofilos|neutrophils", 0.5, ANY),
    "calcium": (r"ca|calcium|calcio", 6.5, 13.0),
    "magnesium": (r"magnesium|magnesio|mg\+\+", 1.0, 4.9),
    "corrected qt": (r"qtc", 0, 499),
    "bilirubin": (r"bili|bilirubin|bilirrubina", 0, 14),
    "ammonia": (r"ammonia|amonio", 0, 150),
    "saturation": (r"spo2|sats?|o2 sat|satura|sat", 88, 100),
    "pulse": (r"hr|fc|pulse|pulso|heart rate|frecuencia cardiaca", 45, 129),
    "breaths": (r"rr|fr|resp|resps|resp rate", 9, 29),
    "temperature": (r"temp|temp_c|temperatura|t", 35.0, 39.4),
    "consciousness": (r"gcs|glasgow", 14, 15),
    "mean pressure": (r"map|pam", 60, 130),
    "pressure": (r"bp|ta|pa|sbp|pas|pressure|tension|presion", 89, 179),
}
_FAHRENHEIT: Final = 90.0  # a temperature above it is not in degrees Celsius
# Cells are counted in thousands per microliter, or one by one from here on.
_ONE_BY_ONE: Final = {"neutrophils": 30.0, "white cells": 500.0, "platelets": 2_000.0}
# What one of another unit comes to in that of LIMITS, by the unit as it begins.
_CONVERSIONS: Final[dict[str, dict[str, float]]] = {
    "glucose": {"mmol": 18.016, "g/l": 100.0},
    "calcium": {"mmol": 4.008, "meq": 2.004},
    "magnesium": {"mmol": 2.431, "meq": 1.215},
    "phosphate": {"mmol": 3.097},
    "creatinine": {"umol": 1 / 88.4},
    "bilirubin": {"umol": 1 / 17.1},
    "hemoglobin": {"mmol": 1.611, "g/l": 0.1},
    "lactate": {"mg/dl": 1 / 9.008},
}
# A glucose without a unit is judged as mmol/L up to the first, as mg/dL from the second on or if it
# is whole; where it may be either, the worse counts.
_MOST_MMOL: Final = 60.0
_LEAST_MG: Final = 10.0
# Acute kidney injury of stage 2 (KDIGO 2012): at least twice what it was.
_CREATININE_ROSE: Final = re2.compile(
    r"\b(?:cr|creat|creatinine|creatinina)\b[ :=]{0,3}(?:from |de |was )?(\d{1,2}[.,]\d{1,2})"
    r" ?(?:->|-->|=>|to|a|now) ?(\d{1,2}[.,]\d{1,2})"
)
_TWICE: Final = 2.0
_PLAIN: Final = str.maketrans("áéíóú", "aeiou")
_UNIT: Final = r"(mmol|[uμ]mol|meq|mg/dl|g/dl|g/l)"
_VALUE: Final = re2.compile(
    r"\b("
    + "|".join(names for names, _, _ in LIMITS.values())
    + r")(?:[ _]?\(?"
    + _UNIT
    + r"(?:[/_]?d?l)?\)?)?[\"' :=<>~]{0,5}(?:is |of |now |at |was |de |en |a |level )?"
    + r"[<>~]?(\d{1,6}(?:[.,]\d{1,3})?)(?:[ _]?"
    + _UNIT
    + r")?"
)
_OF_NAME: Final = [(re2.compile(rf"(?:{names})$"), what) for what, (names, _, _) in LIMITS.items()]


def critical_values(lowered: str) -> frozenset[str]:
    """Return what was measured outside of the limits, in a text in lower case."""
    plain = lowered.translate(_PLAIN)
    found = frozenset(
        what
        for name, before, value, after in _VALUE.findall(plain)
        if (what := _measured(name)) and _is_critical(what, value, before or after)
    )
    return found | {"creatinine"} if _has_doubled(plain) else found


def _measured(name: str) -> str:
    return next((what for pattern, what in _OF_NAME if pattern.match(name)), "")


def _has_doubled(plain: str) -> bool:
    rises = _CREATININE_ROSE.findall(plain)
    pairs = ((_number("creatinine", before), _number("creatinine", now)) for before, now in rises)
    return any(now >= _TWICE * before > 0 for before, now in pairs)


def _is_critical(what: str, written: str, unit: str) -> bool:
    _, least, most = LIMITS[what]
    return any(not least <= value <= most for value in _readings(what, written, unit))


def _readings(what: str, written: str, unit: str) -> list[float]:
    """Return what was measured in the unit of LIMITS; without a named one there may be two."""
    value = _number(what, written)
    if unit:
        return [value * _CONVERSIONS.get(what, {}).get(unit.replace("μ", "u"), 1.0)]
    if what == "glucose":
        return _bare_glucose(value)
    if what == "temperature" and value > _FAHRENHEIT:
        return [(value - 32) / 1.8]
    return [value / 1_000 if value >= _ONE_BY_ONE.get(what, ANY) else value]


def _number(what: str, written: str) -> float:
    """Return a number; three digits after a comma are a cell count's, fewer are a fraction."""
    whole, _, rest = written.partition(",")
    is_grouped = what in _ONE_BY_ONE and len(rest) == len("000")
    return float(whole + rest if is_grouped else written.replace(",", "."))


def _bare_glucose(value: float) -> list[float]:
    per_mmol = _CONVERSIONS["glucose"]["mmol"]
    as_mmol = [value * per_mmol] if value <= _MOST_MMOL else []
    as_mg = [value] if value >= _LEAST_MG or value.is_integer() else []
    return as_mmol + as_mg
