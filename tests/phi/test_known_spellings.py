"""What is known of the patient is found however it is written, and nothing else is taken for it."""

import pytest

from phi.known import identifiers_of
from phi.sanitize import sanitize_text
from tests.phi.cast import KEY, POLICY

MARGARET = identifiers_of(
    [
        {
            "name": {
                "first": "Margaret",
                "middle": "Rose",
                "last": "Whitcombe-Alvarez",
                "preferred": "Peggy",
            },
            "birth_date": "1952-07-19",
            "mrn": "00738214",
            "ssn": "412-55-8890",
            "phones": ["(312) 555-0147"],
            "email": "mwhitcombe@example.org",
            "address": {
                "street": "4821 Larkspur Lane",
                "line2": "Apt 5B",
                "city": "Evanford",
                "state": "IL",
                "zip": "60201",
            },
            "insurance_member_id": "BCX884120937",
            "account_number": "7731-0042-9",
            "portal_username": "peggyw52",
            "employer": "Harlow & Finch Logistics",
            "emergency_contact": {"name": "Tobias Alvarez", "relationship": "son"},
            "pcp": {"name": "Dr. Ingrid Halvorsen", "npi": "1234567893"},
        }
    ]
)
JOSE = identifiers_of(
    [{"name": {"first": "José", "middle": "L.", "last": "Núñez Ramírez"}, "mrn": "A-448812"}]
)
NAMES = [
    *("Whitcombe-Alvarez, Margaret R.", "MARGARET ROSE WHITCOMBE ALVAREZ", "margaret whitcombe"),
    *("Whitcombe, M.", "Peggy W.", "Peg", "Maggie Whitcombe", "Whitcombe's", "Whitcombes"),
    *("Margret Whitcombe", "Whitcomb", "Margarte", "Whitecombe", "Wihtcombe", "Margaretha"),
    *("M4rgaret", "Wh1tcombe", "Whitcornbe", "Marg-\naret", "Whitcombe-\nAlvarez"),
    *("M a r g a r e t", "W-h-i-t-c-o-m-b-e", "w.h.i.t.c.o.m.b.e", "W H I T C O M B E"),
    *(
        "\uff2d\uff41rgaret",
        "\u041c\u0430rg\u0430r\u0435t",
        "M\u200bargaret",
        "Mar\u00adgaret",
        "Ma<b>rgar</b>et",
    ),
    *("Margaret&nbsp;Whitcombe", "\\u004dargaret", "Margaret%20Whitcombe", "\\x4dargaret"),
    *("margaretWhitcombe", "margaret.whitcombe", "mwhitcombe", "whitcombem", "MargaretRose"),
    *("ALVAREZ,MARGARET", "Alvarez^Margaret^Rose", "M.R.W.", "initials MW", "Toby Alvarez"),
    *("Halvorson", "Harlow and Finch", "peggyw52", "mwhitcombe@example.org"),
]
NUMBERS = [
    *("19520719", "07191952", "07 19 1952", "O7/19/1952", "07/l9/1952", "190752", "52-07-19"),
    *("0 7 / 1 9 / 1 9 5 2", "3 1 2 5 5 5 0 1 4 7", "312-555-O147", "312_555_0147", "5550147"),
    *("three one two, five five five, oh one forty-seven", "312-555-\n0147", "312 555 01 47"),
    *("412_55_8890", "4l2-55-8890", "412/55/8890", "four one two five five eight eight nine zero"),
    *("412&#45;55&#45;8890", "412\u201155\u20118890", "\uff14\uff11\uff12-55-8890", "xxxxx8890"),
    *("0073-8214", "00738214A", "O0738214", "0073B214", "MRN_738214", "7 3 8 2 1 4", "id00738214"),
    *("BCX-884-120-937", "BCX 884120937", "884120937", "B C X 8 8 4 1 2 0 9 3 7", "BCX884I20937"),
    *("773100429", "7731 0042 9"),
]
PLACES = [
    *("4821 larkspur ln", "4821 Larkspur", "4821\nLarkspur Lane", "Larkspur Lane", "EVANFORD, IL"),
    *("apartment 5-B", "60201-1123", "4821 LARKSPUR LN APT 5B"),
]
NOT_MEANT = [
    *(
        "The whiteboard fell.",
        "An alvarado note.",
        "margarine and margins",
        "a finch at home",
    ),
    *("Pegging of the tube.", "dose 5550148 units", "count 412 then 55 then 8891", "code 00738215"),
    *("7/19 patients improved", "room 5C", "apt to fall", "in 1952", "the 19th rib", "0 7 of 19"),
    *("M.S. for pain, W.M. absent", "p.r.n. and b.i.d.", "S H O R T  of breath", "roses are red"),
    *("one two three, breathe", "BP 312/55, pulse 147", "zip 60202", "wet lark in spring"),
    *("the harlow wire", "logistics of discharge", "rosemary and roses", "BCX panel pending"),
    *("8890 ml in", "weight 0147 pounds", "8214 steps", "HR 73, RR 18, 21 weeks, grade 4"),
    *("a marginal gain", "Marginal zone lymphoma", "whitecaps", "halves", "tobacco: never"),
]


def _categories(text: str, known: tuple[object, ...] = MARGARET) -> set[str]:
    _, findings, _ = sanitize_text(text, known=known, policy=POLICY, key=KEY)  # type: ignore[arg-type]
    return {finding.category for finding in findings if finding.recognizer == "known"}


@pytest.mark.parametrize("spelling", [*NAMES, *NUMBERS, *PLACES])
def test_every_spelling_of_what_is_known_is_replaced(spelling: str) -> None:
    safe, findings, _ = sanitize_text(
        f"Noted today: {spelling} on file.", known=MARGARET, policy=POLICY, key=KEY
    )
    assert findings
    words = set(spelling.split()) - {"initials"}
    assert not [word for word in words if len(word) > 4 and word in safe]


@pytest.mark.parametrize("text", NOT_MEANT)
def test_what_only_looks_alike_stays(text: str) -> None:
    assert _categories(text) == set()


@pytest.mark.parametrize(
    "spelling",
    [
        *("José Núñez", "JOSE NUNEZ RAMIREZ", "Nunez-Ramirez", "NuñezRamirez", "Pepe Nunez"),
        *("Jose\u0301 Nu\u0301n\u0303ez", "JosÃ© NÃºÃ±ez", "Jos&eacute; N&uacute;&ntilde;ez"),
        *("Jos\\u00e9", "Jos=C3=A9", "Jos%C3%A9", "jnunez", "Nunes Ramirez", "448812", "a 448812"),
    ],
)
def test_accents_are_read_in_every_encoding(spelling: str) -> None:
    assert _categories(f"Visit of {spelling} for cough.", JOSE)


@pytest.mark.parametrize("label", ["birthday", "Born", "turned 70 on"])
def test_the_day_of_birth_needs_no_year_beside_such_a_word(label: str) -> None:
    assert _categories(f"{label} 7/19, no party") == {"date"}


@pytest.mark.parametrize(
    ("text", "is_name"),
    [
        ("Chambers was seen. The rest is well.", True),
        ("Spoke to mr. chambers at home. OK.", True),
        ("pt chambers says pain is worse", True),
        ("CHAMBERS SEEN TODAY", True),
        ("The heart chambers are normal. No effusion.", False),
        ("All four chambers of the heart. EF 60%.", False),
        ("Anterior chamber deep. IOP 14.", False),
        ("Dual-chamber ICD. A dana fabric.", True),
    ],
)
def test_a_surname_from_the_dictionary_is_told_by_its_capital(text: str, is_name: bool) -> None:
    known = identifiers_of([{"name": {"first": "Dana", "last": "Chambers"}}])
    assert bool(_categories(text, known)) is is_name


@pytest.mark.parametrize("word", ["quiet", "quits", "quilt", "exam", "annual", "angst"])
def test_a_word_of_the_dictionary_is_no_slip(word: str) -> None:
    known = identifiers_of([{"name": {"first": "Annua", "last": "Quist"}}])
    assert _categories(f"The {word} helps. Then {word.title()} again.", known) == set()


WEST = identifiers_of(
    [
        {
            "name": {"first": "Art", "last": "West"},
            "ssn": "412-55-8890",
            "insurance_member_id": "RWYL950915HHZJ",
            "address": {"street": "1499 Calle del Sol", "city": "Socorro", "state": "TX"},
        }
    ]
)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("my last name is wrong, its W-E-S-T not what you put", "name"),
        ("went home. West signing out to the night team", "name"),
        ("Rounds April 18. West - recert due", "name"),
        ("S: WEST DICE QUE LE DUELE", "name"),
        ("hi this is the desk calling for art uh about ten", "name"),
        ("identified by name and last 4 (Amaker, 8890). Headache", "ssn"),
        ("W8890 seen", "ssn"),
        ("Ins. RWYL9509l5HHZJ", "health_plan"),
        ("Domicilio: 1499 Cal1e del Sol", "address"),
        ("vivimos en 1499 Cslle del Sol x si", "address"),
    ],
)
def test_what_the_record_holds_is_found_in_hasty_hands(text: str, category: str) -> None:
    assert category in _categories(text, WEST)


@pytest.mark.parametrize(
    "text",
    [
        *("go west on 1499 acres", "the art of it", "WEST WING", "x-r-t", "1499 ml of urine"),
        *("8890 steps", "in 8890", "art therapy at 10", "1499 Calories del dia"),
    ],
)
def test_what_only_resembles_the_record_stays(text: str) -> None:
    assert _categories(text, WEST) == set()
