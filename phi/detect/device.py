"""Device identifiers and serial numbers, UDI and MAC (45 CFR 164.514(b)(2)(i)(M))."""

from phi.detect.labels import labeled
from phi.detect.recognizer import Pattern

DEVICE = labeled(
    name="device",
    category="device",
    kind="DEVICE",
    labels=(
        r"serial|s/n|sn|ser\.? no|device|device id|udi|imei|imsi|meid|lot|ref|"
        r"(?:pacemaker|icd|implant|pump|stent|monitor|cgm|sensor|transmitter|model) serial|model no"
    ),
    needs_number_word=("sn", "device", "lot", "ref"),
)

UDI = Pattern(
    name="udi",
    category="device",
    kind="DEVICE",
    # GS1 application identifiers of a unique device identifier (21 CFR 801.40).
    pattern=r"(\(01\)\d{14}(?:\((?:10|11|17|21)\)[A-Za-z0-9./-]{1,20}){0,4})",
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
