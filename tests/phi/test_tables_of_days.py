"""Days: what each recognizer file finds, and as much that it leaves alone.

Written for these tests; people, numbers and places are invented.
"""

import pytest

from tests.phi.tables import Table, found_in, hits_in, marked_span, rows

TABLES: dict[str, Table] = {
    "date": (
        "date",
        [
            *(
                "on <03/04/2020>",
                "<3-4-20>",
                "<2020-03-04>T10:15",
                "seen <20200304>T101500",
                "<04MAR2020>",
            ),
            *("<March 4, 2020>", "<4/Mar/2020>", "<Mar '20>", "the <3rd of May>", "<4. März 2020>"),
            *(
                "<4 de marzo de 2020>",
                "<March the fourth, twenty twenty>",
                "<03 04 2020>",
                "<11-2023>",
            ),
            *("<July nineteenth nineteen fifty two>", "<1/7/2O21>", "<2024-01>", "dob <021421>"),
            *(
                "the <fourth of March>",
                "<15 août 2021>",
                "<2020年3月4日>",
                "in <03/2020>",
                "<MAY 3RD>",
            ),
        ],
        [
            *(
                "the year 2020",
                "may 5 mg",
                "march 2 miles",
                "dec 2 point",
                "mar 3",
                "sat 95",
                "the 3rd day",
            ),
            *(
                "the fourth finger",
                "the second of two",
                "12-2000 mg",
                "4 mg",
                "in the 1990s",
                "5th rib",
            ),
            *(
                "may first try",
                "second trimester",
                "1.2.2020.4",
                "10-2500 units",
                "third degree burn",
            ),
            *("may help", "mars on skin", "page 3 of 12", "1 of 2", "T1/T2"),
        ],
    ),
    "month_day": (
        "date",
        [
            *("seen on <3/4>", "admitted <12/1>", "Colonoscopy <10/31>: normal", "BMP <3/4>: ok"),
            *(
                "f/u scheduled for <3/4>",
                "s/p lap chole <12/1> doing well",
                "Last dose <3/4>",
                "LMP <10/31>",
            ),
            *("Hospitalized 3/4 - <12/14>", "Wed <3/4>", "<03/14> labs drawn", "next visit <4/7>"),
        ],
        [
            *(
                "strength 5/5",
                "pain 10/10",
                "take 1/2 tab",
                "2/6 murmur",
                "on 2/3 of days",
                "visit 2/6",
            ),
            *("to 3/4 of the field", "last 2/3 meals", "from 4/5 to 5/5 strength", "BiPAP 12/5"),
            *("quit 10/20", "by 1/3", "1/2 NS at 125", "3/5 hip flexors", "5/5", "10/12 correct"),
        ],
    ),
    "age": (
        "date",
        [
            "Earl (18 Feb, <101>!)",
            *("<91> y/o", "age <90>", "<94>yo F", "<ninety-three> year old", "<95>F with CHF"),
            *(
                "<96> M presents",
                "she is <99>.",
                "born <1921>",
                "mother died at <94>",
                "lived to <96>",
            ),
        ],
        [
            *(
                "89 year old",
                "95th percentile",
                "SpO2 95% on RA",
                "Temp 99F, stable",
                "HR 95",
                "born in 1952",
            ),
            *(
                "ninety minutes",
                "weight 95 kg",
                "she is 95% better",
                "age 45",
                "100 years of practice",
            ),
        ],
    ),
}
FOUND, KEPT = rows(TABLES)


@pytest.mark.parametrize(("name", "marked"), FOUND)
def test_every_row_of_days_is_found(name: str, marked: str) -> None:
    text, start, end = marked_span(marked)
    assert found_in(text, start, end) == [TABLES[name][0]], hits_in(text)


@pytest.mark.parametrize(("name", "text"), KEPT)
def test_every_look_alike_of_days_stays(name: str, text: str) -> None:
    assert hits_in(text) == []


def test_days_have_as_many_look_alikes_as_finds() -> None:
    for name, (_, found, kept) in TABLES.items():
        assert len(kept) >= len(found), name
