"""What the record holds is found as scanners, hasty hands and voices write it."""

import re

import pytest

from phi.known import identifiers_of
from phi.sanitize import sanitize_text
from tests.phi.cast import KEY, POLICY

RECORD = {
    "name": {"first": "Guadalupe", "middle": "Inés", "last": "de la Cruz-O'Brannigan"},
    "birth_date": "1968-05-11",
    "mrn": "RFH-209317",
    "insurance_member_id": "G-55127",
    "account_number": "5512093",
    "phones": ["312-555-0147"],
    "email": "lupita.obrannigan@inkwell.example",
    "address": {
        "street": "4821 N 5th Avenue",
        "line2": "Apt 5B",
        "city": "Milford Haven",
        "state": "IL",
        "zip": "60201",
    },
    "employer": "Great Lakes Foundry LLC",
    "emergency_contact": {"name": "Thi Mai Nguyen", "relationship": "friend"},
}
KNOWN = identifiers_of([RECORD])
SMITHY = identifiers_of(
    [
        {
            "name": {"first": "Mark", "last": "Will"},
            "address": {"street": "1109 Highway 61 South", "city": "Fort Dunmore", "zip": "02127"},
            "employer": "Tidewater Marine Inc.",
        }
    ]
)
# What stands between « and » may not survive.
NAMES = [
    *("Mrs. dc la «Cruz» was seen", "Patient «Guadalupe» de 1a «Cruz» seen", "Ms. 0'«Brannigan»"),
    *("Ms. «O'Branni9an» called", "Ms. «Brannigan» called", "file «BRANNIGAN»_G.tif"),
    *("with «Tbi» «Mai» «N9uyen»", "«Nguyeri», «Th1» «Mai»", "with «Thi» «M4i» «Ngiiyen»"),
    *("Mr. «Ngu»- «yen» was here", "Mr. «Ngu»\n«yen» was here", "Mr. «Ngu» «yen» was here"),
    *("Note re «G.C.»: stable", "«GIC» initialed the form", "«GC» (initials)"),
    "last name «N, G, U, Y, E, N»",
    "last name «N...G...U...Y...E...N»",
    "that is «November Golf Uniform Yankee Echo November», please",
    "it is «N as in Nancy, G as in George, U as in uncle, Y as in yes, E as in Ed, N as in Nan»",
]
PLACES = [
    *("lives at «4821», N «5th» «Avenue»", "«48»2I N «5th» Ave".replace("«48»2I", "«482l»")),
    *("sent to N «5th» «Avenue» «4821».", "at «forty» «eight» «twenty» «one» N «Fifth» «Ave»."),
    *("deliver to «apt. no. 5B» please", "lives at «4821» N «5th» «Avenue»-«5B»"),
    *("«Milfrod» «Haven», IL", "the «Milford»-«Haven» area", "zip «602» «01»"),
    *("hurt at «Great»-«Lakes»-«Foundry»", "works with «GLF» now", "at «GreatLakesFoundry»"),
    *("form for «Great» «Lakse» «Foundry»", "her boss at «Great Lakes» called"),
]
REST = [
    *("«RFH209317»", "MRN «Romeo Foxtrot Hotel two zero nine three one seven» on file"),
    *("w/ group=«G55»:«127»", "acct «05512093»", "cell «312~555~0147»", "cell «312»*«555»*«0147»"),
    "area code «three one two» then «five five five oh one four seven»",
    *("«lupita.obrannigan»@«inkwell».\n«example»", "«lupita»_«obrannigan»@«inkwell»,«example»"),
    *("«lupita.obrannigan»(a)«inkwell»", "«lupita dot obrannigan» at «inkwell»"),
    *("birth day «11», birth month «May», year 1968", "year 1968, month «05», day «11»"),
    *("b. «5/11»", "«MAY11» bday", "DOB «Mya 11», 1968", "birthday: «five eleven sixty-eight»"),
]


def _survives(marked: str, known: tuple[object, ...]) -> list[str]:
    text = re.sub("[«»]", "", marked)
    safe = sanitize_text(text, known=known, policy=POLICY, key=KEY)[0]  # type: ignore[arg-type]
    pieces = [word for piece in re.findall("«(.*?)»", marked) for word in re.findall(r"\w+", piece)]
    written = re.sub(r"PH[A-Z]_[A-Z]+_\w+", "", safe)
    return [word for word in pieces if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", written)]


@pytest.mark.parametrize("marked", [*NAMES, *PLACES, *REST])
def test_the_record_is_found_in_other_hands(marked: str) -> None:
    assert _survives(marked, KNOWN) == []


@pytest.mark.parametrize(
    "marked",
    [
        *("from «Ft.» «Dunmore»", "the «Ft» «Dunmore» area", "«Fort» «Dumnore», MA"),
        *("at «1109», «Highway» «61» South", "on «Hwy» «61» South «1109»"),
        *("hurt her back at «Tidewater»", "lives at «11O9» «Highway» «61» South"),
    ],
)
def test_places_are_found_by_what_their_words_are_short_for(marked: str) -> None:
    assert _survives(marked, SMITHY) == []


@pytest.mark.parametrize(
    "text",
    [
        *(
            "POD 5, day 11 of 14, month 3 of therapy",
            "Take two tablets by mouth",
            "grade 5/11 pain",
        ),
        *("a foundry worker", "the 5th rib", "5B needs water"),
        *(
            "the left ventricle",
            "had a mild haven",
            "602 mg",
        ),
        *("D.C. home on the 3rd floor", "cell 312 of 555", "GI consult"),
    ],
)
def test_what_only_resembles_it_stays(text: str) -> None:
    assert sanitize_text(text, known=KNOWN, policy=POLICY, key=KEY)[0] == text


def test_words_beside_each_other_are_no_torn_name() -> None:
    """The halves of Forman and Hasan are words."""
    known = identifiers_of([{"name": {"first": "Hasan", "last": "Forman"}}])
    text = "This is good for man and beast; he has an ulcer."
    assert sanitize_text(text, known=known, policy=POLICY, key=KEY)[0] == text
