"""Telephones and addresses: what each recognizer file finds, and as much that it leaves alone.

Written for these tests; people, numbers and places are invented.
"""

import pytest

from tests.phi.tables import Table, found_in, hits_in, marked_span, rows

TABLES: dict[str, Table] = {
    "email": (
        "email",
        [
            *(
                "<jane.doe@mail.example.com>",
                "<jane.doe (at) example (dot) com>",
                "<j_d@uni-köln.de>",
            ),
            *(
                "<jane underscore doe at gmail dot com>",
                "<jane.doe[at]example.com>",
                "<a.b@example>",
            ),
            *("email is <jdoe80 at yahoo.com>", "<jane.doe@\nexample.com>", "<jd @ example . com>"),
        ],
        [
            *(
                "10mg@bedtime",
                "seen at home dot",
                "HR 80 @ rest",
                "2 tabs @ night",
                "look at the dot",
            ),
            *("@ 14:30", "BP 120/80 @ 10", "at gmail", "given.now@bedtime"),
        ],
    ),
    "url": (
        "url",
        [
            *("<https://portal.clinic.example/p/881?name=doe>", "<www.janedoe.example>"),
            *("<janedoe.com/blog>", "<facebook.com/jane.doe.77>", "<s3://bucket/jane/scan.pdf>"),
            *("<mychart.clinic.org/patients/4482913>", "<https://www.cdc.gov/x?q=jane>"),
        ],
        [
            *(
                "http://loinc.org",
                "see https://www.cdc.gov/vaccines",
                "http://hl7.org/fhir/Patient",
            ),
            *("no pain.Me too", "and/or", "e.g. this", "http://snomed.info/sct", "uptodate.com"),
        ],
    ),
    "ip": (
        "ip",
        [
            "IP <192.168.14.7>",
            "<2001:db8:85a3::8a2e:370:7334>",
            "<203[.]0[.]113[.]9>",
            "::ffff:<192.0.2.128>",
        ],
        ["version 10.2.14.3", "1.2.3.4.5", "build 10.0.19.2", "10:15:30", "v1.2.3.4", "300.1.2.3"],
    ),
    "phone": (
        "phone",
        [
            *("<(555) 234-5678>", "<555.234.5678>", "call <5552345678>", "<+1-555-234-5678>"),
            *("<+44 20 7946 0958>", "<0044 20 7946 0958>", "<020 7946 0958>", "<06 12 34 56 78>"),
            *(
                "tel <234-5678>",
                "please call <234-5678>",
                "<5 5 5 2 3 4 5 6 7 8>",
                "<555-234-\n5678>",
            ),
            *(
                "<555_234_5678>",
                "<55S-234-5678>",
                "<555-234-5678x12>",
                "ext. <4412>",
                "pager <4471>",
            ),
            *("whatsapp <55 1234 5678>", "<07700 900123>", "<(555) 234-56 78>"),
        ],
        [
            *("call 911", "range 150-1200", "dial 988", "500-1000 mL", "number 4", "WBC 4.5-11.0"),
            *("dose 1234567890 units", "1-800 quit line", "extension 120 degrees", "ext 0-120"),
            *(
                "reference 200-1000 mg",
                "text neck",
                "contact precautions 3 days",
                "ph 7.35",
                "tel unit 4",
            ),
            *("reach 120 mg daily", "call in 2-3 weeks", "titrate 25-50-100 mg", "0.5-1 mg/kg"),
            *("cell count 250-1000 mm", "number 12 French"),
        ],
    ),
    "fax": (
        "fax",
        ["fax: <555-234-9999>", "FAX <555.234.9999>", "faxed to <5552349999>"],
        ["fax the note", "faxed 2 pages", "FX of the hip", "fax: none"],
    ),
    "username": (
        "other",
        ["user <bweiss09> cannot", "login: <jdoe1980>", "user name <kstol73>", "uid=<pat_x9>"],
        [
            "user is happy",
            "the user cannot sign in",
            "login failed",
            "user guide 2",
            "handle with care",
        ],
    ),
    "bare_number": (
        "mrn",
        ["seen <A0148251>.", "<H80760360>", "<18-48-66-9>", "path <SP05-35710>", "<11-701-54979>"],
        [
            *("NCT04368728", "40-30-20-10 mg", "40-30-20-5", "SNOMED 44054006", "PMC1234567"),
            "COVID-19",
        ],
    ),
    "misspelt_month": (
        "date",
        ["on <Jaunary 19>", "<08 Dcc 1996>", "away until <Juen 25th>", "<Jnue 18, 2022>"],
        ["Tylenol 500 mg", "Tablet 10", "Stage 3", "Grade 2 of 4", "Factor 10", "Titers 16"],
    ),
    "date_forms": (
        "date",
        [
            *(
                "Expired <04.08.21> 0412",
                "seen <3.9.21>.",
                "<09 Mar 57>: called",
                "on <14.Nov.2024>",
            ),
            *("am <13. August 2025>", "on <5-IV-2024>", "week <2024-W14>", "<Nov/14/2024>"),
            *("<April 5-9, 2024>", "away <5 to 9 April>", "in <November of 2024>", "<Mar-57>"),
            *("drsg changed the <12th>, wet", "until Tuesday the <28th>.", "dc the <7th>?"),
            *(
                "until <10-07>.",
                "F/u Vang <07-02> at Northgate",
                "<10-21> 0800 I 240",
                "dc <12.21>?",
            ),
            *("born <57/03/09>", "since <3/57>.", "vom <28.09.> bis", "<November 14 24>"),
        ],
        [
            *(
                "version 10.04.21",
                "chapter 12.10.03",
                "v 10.04.21",
                "fracture of the 5th metacarpal",
            ),
            *("the 4th ventricle", "the 3rd dose, given", "in the 7th week", "the 12th rib, left"),
            *("for 10-12 days", "goal 10-12.", "on 2.5 L", "K 3.3, Na 139", "started 12.5 mg"),
            *("|K|3.3|", "changed to 6.2.", "1-2 tabs", "5-9 times", "may 5 to 10 mg", "1.2.3"),
            *("march 3-4 miles", "Hgb 12.18.", "20/30/40 mg", "ages 10-12.", "weight of 57.2 kg"),
        ],
    ),
    "email with slips": (
        "email",
        [
            "write <ksoren@inkwell,org> today",
            "at <ksoren[@]inkwell.org>",
            "<ksoren@@inkwell.com>",
            "<ksoren@inkwell .org>",
        ],
        ["met @ noon, org chart", "lunch @ the com desk", "rate @ 12, com port", "a@ b"],
    ),
    "url with a port": (
        "url",
        [
            "see <portal.inkwell.org:8443/u/77>",
            "<x.org/u/991?tok=8>",
            "<hxxps://portal.inkwell.org/u/991>",
        ],
        ["1.org", "pH 7.4:8 io", "hxxp is a trick"],
    ),
    "phone behind a word": (
        "phone",
        ["cell<(312)555-0147>"],
        ["f(312)"],
    ),
}
FOUND, KEPT = rows(TABLES)


@pytest.mark.parametrize(("name", "marked"), FOUND)
def test_every_row_of_reaching_is_found(name: str, marked: str) -> None:
    text, start, end = marked_span(marked)
    assert found_in(text, start, end) == [TABLES[name][0]], hits_in(text)


@pytest.mark.parametrize(("name", "text"), KEPT)
def test_every_look_alike_of_reaching_stays(name: str, text: str) -> None:
    assert hits_in(text) == []


def test_reaching_have_as_many_look_alikes_as_finds() -> None:
    for name, (_, found, kept) in TABLES.items():
        assert len(kept) >= len(found), name
