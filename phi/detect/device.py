"""Device identifiers and serial numbers, UDI and MAC (45 CFR 164.514(b)(2)(i)(M))."""

from phi.detect.labels import labeled
from phi.detect.recognizer import Pattern

_THING = (
    "machine|dialyzer|pacemaker|icd|aicd|implant|pump|stent|monitor|cgm|sensor|transmitter|controller|reader|meter|"
    "glucometer|generator|defibrillator|valve|lens|iol|lead|cpap|bipap|ventilator|concentrator|"
    "wheelchair|hearing aid|stimulator|vad|lvad|loop recorder|prosthesis|graft|walker|receiver|"
    "model"
)
DEVICE: tuple[Pattern, ...] = (
    *labeled(
        name="device",
        category="device",
        kind="DEVICE",
        strong=rf"serial|s/n|ser\.? no|device id|udi|imei|imsi|meid|(?:{_THING}) (?:serial|sn|"
        rf"s/n|#)|"
        r"model no",
        weak=rf"sn|device|lot|ref|batch|{_THING}",
        grouped="serial|s/n|sn",
    ),
    Pattern(
        name="device-near",
        category="device",
        kind="DEVICE",
        pattern=(
            rf"(?i)\b(?:{_THING}|device|implant)\b[^\n.;]{{0,40}}?\b(?:serial|sn|s/n)"
            r"(?: (?:number|no\.?|#))?[ \t:#]{1,4}(?-i:([A-Z0-9][A-Z0-9-]{4,24}))\b"
        ),
        validate=lambda value, before, after: 1 if sum(map(str.isdigit, value)) >= 3 else 0,
    ),
)

UDI = Pattern(
    name="udi",
    category="device",
    kind="DEVICE",
    # Unique device identifiers (21 CFR 801.40) of GS1 (application identifiers), ICCBBA and HIBCC.
    pattern=(
        r"(\(01\)\d{12,14}(?:\((?:10|11|17|21)\)[A-Za-z0-9./-]{1,20}){0,4}|"
        r"=/[A-Z]\d{4}[A-Z0-9]{6,12}(?:=[,A-Z0-9]{3,24}){0,6}|"
        r"\+[A-Z]\d{3}[A-Z0-9]{5,18}/[$]{0,2}[0-9][A-Z0-9/]{4,40})"
    ),
)

MAC = Pattern(
    name="mac-address",
    category="device",
    kind="DEVICE",
    pattern=(
        r"\b((?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}|"
        r"(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4})\b"
    ),
)
