"""Places and employers: what each recognizer file finds, and as much that it leaves alone.

Written for these tests; people, numbers and places are invented.
"""

import pytest

from tests.phi.tables import Table, found_in, hits_in, marked_span, rows

TABLES: dict[str, Table] = {
    "institution": (
        "name",
        [
            *(
                "served on the USS <Coral Sea>",
                "Funeral home <Pederson & Sons>.",
                "<Zion Lutheran>",
            ),
            *(
                "picked up at <Our Lady of Sorrows>",
                "<Old Soldiers' Home>",
                "buried at <Oak Grove>",
            ),
            *("works at <Ace Roofing>", "acct 9 at <Navy Federal>"),
        ],
        [
            *("Funeral home pending", "Raised Lutheran", "US Coral", "funeral home: not chosen"),
            *("home of soldiers", "memorial service planned", "a Baptist", "works at night"),
            *("at the bank", "Devout Methodist"),
        ],
    ),
    "kept_by": (
        "other",
        ["DOC <448291>", "CDCR# <AB4482>", "<TKT-44829>", "Booking #: <24-04482>"],
        ["DOC 4 of 5", "BOP 10%", "SID 20 mg", "ticket to ride", "INC 5 g"],
    ),
    "homeward": (
        "address",
        [
            *(
                "went home to <Mobile>, well",
                "driving up from <Hope> today",
                "called from <Mobile>",
            ),
            "stuck at the airport in <Sandwich>",
        ],
        [
            *("went home to Hospice", "driving from Home", "called from Clinic", "moved to Bed 4"),
        ],
    ),
    "address": (
        "address",
        [
            *(
                "<12 Oak Street>",
                "<1600 N. Elm Ave, Apt 4>",
                "<PO Box 44>",
                "<POB 771>",
                "lives in <12 oak street>",
            ),
            *(
                "<Springfield, IL 62704>",
                "<Springfield IL 62704>",
                "zip <62704>",
                "<One Main Street>",
            ),
            *(
                "lives at <3309 S Kedzie>",
                "<RR 2 Box 144>",
                "<1200 Highway 61 N>",
                "<County Road 550, #4>",
            ),
            *("<12 rue de la Paix>", "<Hauptstraße 5>", "<Calle 8 No. 45-12>", "home <NW1 6XE>"),
            *("lives in <Cook> County", "corner of <5th and Main>", "lives in <apartment 12C>"),
            *("<77 Sunset Strip, Unit B-12>", "<12 Oak\nStreet>", "<62704-1234>"),
        ],
        [
            *(
                "2 tablets by way of mouth",
                "6 minute walk",
                "3 point restraint",
                "10 mg place",
                "room 12",
            ),
            *("5 min walk", "2 times a day drive", "3 ct", "E4V5M6", "T2N1M0", "NDC 00093-7214-01"),
            *(
                "20 g needle",
                "apt to fall",
                "lot of pain",
                "unit 4 West",
                "the county clinic",
                "12 lead ct",
            ),
            *(
                "10 days close follow up",
                "12 views of the ankle",
                "3 vessel run off",
                "4 hour drive",
            ),
            *("2 beats run of VT", "5 cm mass in the rt upper ct", "30 day course", "in CA 125"),
        ],
    ),
    "town": (
        "address",
        [
            *("moved from <Terre Haute> again", "visiting <Cape Girardeau>.", "lives in <Fresno>."),
            *(
                "a trip to <Santa Fe> soon",
                "was seen in <Huntsville>.",
                "travel to <Reading> again",
            ),
            "12 Elm Street, <Springfield>",
        ],
        [
            *(
                "lives in Assisted Living",
                "moved from Bed to Chair",
                "near Syncope",
                "seen in Clinic",
            ),
            *("travel to Work", "in Trendelenburg position", "signs of Murphy", "in Normal Range"),
            *("moved to Hospice", "of Note", "from Home"),
        ],
    ),
    "employer": (
        "name",
        [
            *("She works at <Tallowmere Mills>.", "his employer (<Quell & Sons>) asks"),
            *(
                "retired from <Deere & Company>",
                "employer <Nestlé>.",
                "found down at <US Steel> by",
            ),
            *("Rx to <Walgreens on State Street>", "went to <CVS #4412>", "sent to <LabCorp>"),
        ],
        [
            *("works at night", "He works at home.", "works for himself", "employer unknown"),
            *(
                "fell at home",
                "retired in 2010",
                "returned to work Monday",
                "target heart rate 120",
            ),
            *("worked from May to June", "subway dizziness"),
        ],
    ),
    "organization_trades": (
        "name",
        [
            *("at <Pillar Dental> today", "from <Tidewater Cancer Center>"),
            *("<Quill Hollow Vision>", "<Copper Canyon Endodontics>"),
            *("at <Bluff City Sleep Center>", "<Acme Roofing>"),
        ],
        [
            *("Vision: blurry", "Hearing intact", "Wound Recovery", "Comprehensive Cancer Center"),
            *("Title: none", "Cognitive Behavioral", "Snellen Vision"),
        ],
    ),
    "organization_abroad": (
        "name",
        ["en <Hospital Ángeles>", "<Hôpital Édouard Herriot>", "<Klinikum Wexelberg>"],
        ["Hospital Course", "Hospital Day 3", "Instituto", "Hospital Medicine"],
    ),
    "address_lines": (
        "address",
        [
            *("to <8577 S Peoria>.", "to <825 East Main>,", "Oak St, Suite <744>, here"),
            *("\n<6432 Sunset Cliffs>\nTwin Falls, ID 83301", "Via Roma 3, Flat <3>, back"),
        ],
        [
            *("4 West Wing", "room 12 North Tower", "Unit 4 is full", "2 East, bed 4"),
            *("Grade 3, stage 2, level 4,", "5 South Nursing"),
        ],
    ),
    "crossed_extension": (
        "phone",
        ["vm <x4983>.", "fam: Tereza (<x6253>)", "<x4409>"],
        ["x2 doses", "x100 mg", "x1000 mg", "x 2000 steps"],
    ),
    "numbers_with_labels": (
        "other",
        ["EMS run <06-1805>", "ME case <73-4747>", "valuables env #<9451>", "CURP <GAMA800304>"],
        ["a run of 6 beats", "the case of 73", "env unknown", "report 2 falls", "job 5 days"],
    ),
}
FOUND, KEPT = rows(TABLES)


@pytest.mark.parametrize(("name", "marked"), FOUND)
def test_every_row_of_places_is_found(name: str, marked: str) -> None:
    text, start, end = marked_span(marked)
    assert found_in(text, start, end) == [TABLES[name][0]], hits_in(text)


@pytest.mark.parametrize(("name", "text"), KEPT)
def test_every_look_alike_of_places_stays(name: str, text: str) -> None:
    assert hits_in(text) == []


def test_places_have_as_many_look_alikes_as_finds() -> None:
    for name, (_, found, kept) in TABLES.items():
        assert len(kept) >= len(found), name
