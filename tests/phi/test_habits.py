"""Days, initials, numbers and names as one desk writes them and another does not."""

import pytest

from phi.sanitize import sanitize_text
from phi.types import PhiPolicy


def found(text: str) -> list[str]:
    """Return what is replaced of a text, in its order."""
    _, findings, _ = sanitize_text(text, known=(), policy=PhiPolicy("test", 1), key=b"k" * 32)
    return [text[finding.start : finding.end] for finding in findings]


DAYS = [
    ("Seen Mar/14 in clinic", "Mar/14"),
    ("scan_2023_03_14.pdf", "2023_03_14"),
    ("Paid 3/14/'23 by card", "3/14/'23"),
    ("DOB3/14/1934 female", "3/14/1934"),
    ("Seen 03/14/2023EST", "03/14/2023"),
    ("on the 14 th March", "14 th March"),
    ("dob 14031934", "14031934"),
    ("seen 031423 for labs", "031423"),
    ("3/14-3/16 away", "3/16"),
    ("3/14: did well", "3/14"),
    ("week of 3/14", "3/14"),
    ("wk of 3/10", "3/10"),
    ("3-20 adj\n4-02 paid", "4-02"),
    ("3/20 visit 99213\n4-3 copay, stmt 02-28", "02-28"),
    ("seen 3/17 and doing well, 9/30 again", "9/30"),
    ("DOS 0312 denied", "0312"),
    ("away 3/14-16, back after", "16"),
    ("seen el 3 dic por fiebre", "3 dic"),
    ("off March 3, 5 and 9", "March 3, 5 and 9"),
    ("leave 14-17/03 please", "14-17/03"),
    ("since Cinco de Mayo", "Cinco de Mayo"),
    ("DATE OF NOTE: MAR 14,2025@15:30", "MAR 14,2025@15:30"),
    ("logged 2025-03-14T15:30:00Z by", "2025-03-14T15:30:00Z"),
    ("a lady of 94, frail", "94"),
    ("in her nineties", "nineties"),
    ("Geraldine A (13 Mar, 94!), chaplain", "94"),
    ("Firma: Lupe   Fecha: 27/junio/20", "27/junio/20"),
    ("Ultima visita: diciembre 15, 2019 con", "diciembre 15, 2019"),
    ("Deaths since last: Thibodeaux (2/7)", "2/7"),
    ("plate seen 0320 11/06", "11/06"),
    ("CPS hotline note, 11.11: reporter", "11.11"),
    ("[visit start 111623 7:02 pm]", "111623"),
    ("| Visit | 3/14 | ok |", "3/14"),
    ("born march fourteenth", "march fourteenth"),
    ("dob: three fourteen twenty twenty three", "three fourteen twenty twenty three"),
    ("three slash fourteen slash twenty three", "three slash fourteen slash twenty three"),
    ("since Q1 2023", "Q1 2023"),
    ("on Christmas Day 2022", "Christmas Day 2022"),
    ("14 stycznia 2023", "14 stycznia"),
    ("3月14日", "3月14日"),
    ("22 0ctober 2021", "22 0ctober 2021"),
    ("geb. 14.3.34", "14.3.34"),
    ("Issued 14 MAR/MARS 2024", "14 MAR/MARS 2024"),
    ("14-ene-2024", "14-ene-2024"),
    ("2024. március 14.", "2024. március 14"),
    ("seen 20240314083000-0500", "20240314083000-0500"),
    ("SCH|^^30^202403200900^202403200930", "202403200930"),
    ("ISA*ZZ*R*240314*1253*", "240314"),
    ("14 / March / 24", "14 / March / 24"),
    ("14_Mar_'24", "14_Mar_'24"),
    ("3 - 14 - '24", "3 - 14 - '24"),
    ("2024 03 14", "2024 03 14"),
    ("03/1/42024", "03/1/42024"),
    ("14.3.-16.3.2024", "14.3.-16.3.2024"),
    ("dob 9 5 25", "9 5 25"),
    ("Age/Sex: 92/F", "92"),
    ("her 93rd birthday", "93"),
    ("Pt Bui, 92, PPS 60%", "92"),
]
INITIALS = [
    ("BP reported by TS @ 0315, read back", "TS"),
    ("Dictated but not read\nE.P./D.Z.", "D.Z."),
    ("no answer x2. K.N.\nnext", "K.N."),
    ("COLLECTED 2/16/20 07:55 BY AY\nTest", "AY"),
    ("tolerated well.\n-AG", "AG"),
]
NUMBERS = [
    ("Case 44-4062 was opened", "44-4062"),
    ("venmo @jdoe-44 is fine", "@jdoe-44"),
    ("number on the bracelet 981020012345678", "981020012345678"),
    ("EDIPI 1234567890", "1234567890"),
    ("my social ends in 6789", "6789"),
    ("Veteran B4471 was seen", "B4471"),
    ("BOATENG, KWAME B4471", "B4471"),
    ("L4 4471, rm 2", "4471"),
    ("identified by last 4 (Ledbetter, 5057)", "5057"),
    ("paid, ck #4471", "4471"),
    ("it is 412 45 6789", "412 45 6789"),
    ("CLM 53-430085-78", "53-430085-78"),
    ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<", "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<"),
]
NAMES = [
    ("Called Mei-Ling Featherstone", "Mei-Ling Featherstone"),
    ("TRANSFERRED FROM GOLDEN GATE HOME HEALTH", "GOLDEN GATE HOME HEALTH"),
    ("was in the er at prairie view family medicine", "prairie view family medicine"),
    ("Seen at Heartland Cardiology", "Heartland Cardiology"),
]
NOTHING = [
    "Strength 5/5, pain 3/10, MMT 4/5 throughout, GCS 15/15, acuity 20/40",
    "Give 1/2 tab at 0800; vent 10/5; BP 110/70; reflexes 2/4",
    "confirmed by CT, US and MRI; read by ED",
    "SNOMED 44054006123, RxNorm 860975, platelets 245000",
    "Take by mouth. May cause drowsiness. Will need a spacer.",
    "GENERAL RADIOLOGY AND CHRONIC PAIN CLINIC",
    "run 10-15 minutes, order 10-20 units",
    "OD/OS\nA/P:\n",
    "O2 sat 92% on RA, T 98.6, HR 92, 95 F outside",
    "14 patients in 2024, 12 sites, 30 days",
    "between the 3rd and the 4th.",
    "took 5, 10, 20 mg; 1, 2, 3",
    "Brace L4471 of codes J1234 and A4253; pulse in the 90s",
    "1.1 Scope\n1.2 Terms\n2-3 tabs\n3-4 weeks",
]


@pytest.mark.parametrize(("text", "value"), [*DAYS, *INITIALS, *NUMBERS, *NAMES])
def test_finds_what_other_desks_write(text: str, value: str) -> None:
    assert any(value in one for one in found(text)), found(text)


@pytest.mark.parametrize("text", NOTHING)
def test_leaves_alone_what_looks_alike(text: str) -> None:
    assert found(text) == []


def test_a_day_makes_no_days_of_scores() -> None:
    assert found("seen 3/17, strength (5/5), grip (4/5), pain 7/10, 10/10 today") == ["3/17"]


def test_takes_the_rest_of_a_name_whose_other_part_was_found() -> None:
    assert found("may return to Harlan Feed & Grain on Monday") == ["Harlan Feed & Grain"]
    assert "Lawyer" not in " ".join(found("Lawyer Kealoha Washington, tel 617-555-0142"))
