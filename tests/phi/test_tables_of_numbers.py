"""Numbers: what each recognizer file finds, and as much that it leaves alone.

Written for these tests; people, numbers and places are invented.
"""

import pytest

from tests.phi.tables import Table, found_in, hits_in, marked_span, rows

TABLES: dict[str, Table] = {
    "ssn": (
        "ssn",
        [
            *("SSN <536-22-8726>", "SS# <536228726>", "soc sec <536 22 8726>", "<536-22-8726>"),
            *("SSN: <536.22.8726>", "social: <536/22/8726>", "ssn(last4): <8726>"),
            *("xxx-xx-<8726>", "***-**-<8726>", "last 4 of her social <8726>", "<53O-22-8726>"),
            *("SSN <536-22-\n8726>", "SSN <5 3 6 2 2 8 7 2 6>", "itin <912-78-1234>"),
            *("last 4 (John Amaker <6803>)", "last four: Mary Ann O'Dell, A<6803>"),
            *(
                "SSN ...<8890>",
                "last4ssn=<8890>",
                '"ssn_last_four": "<8890>"',
            ),
        ],
        [
            *("000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567", "123-45-0000"),
            *("dose 536228726 units", "social history: 20 pack years", "seen 5 of 6 days in SSU"),
            *("last four weeks", "2-22-2222 units", "level 123-45", "ratio 536-22", "SSN unknown"),
            *("social worker 2 visits", "SSRI 20 mg", "ending in 2026"),
            *("Kit K0001 was dispensed", "Grant G0438 visit", "the last 4 (of 1200) doses"),
            *(
                "ssn_last_four_format: 9999",
                "the last 4 ssn 2 of 2",
                "lessn last 4: 12",
            ),
        ],
    ),
    "last_four": (
        "ssn",
        [
            *("AMAKER, HERSHEL   <6803>   11/29/1958", "Tsosie, Buford   <9419>   27Jun49"),
            *("CUTBIRTH, J.D.   <8738>   Dec 04,1987", "by name and last 4 (Amaker, <6803>)."),
            *("LAST FOUR (MANYGOATS, <8947>). HEADACHE", "last4: <B1234>", "vet id <A6803>"),
        ],
        [
            *("last 4 weeks (Smith, 2019)", "Ringer, Lactated   1000   ml", "last 4 (of 1200)"),
            *(
                "Smith, John   1000   mg",
                "last four visits, 2019",
                "id band 1200",
                "vet id pending",
            ),
        ],
    ),
    "date_beside": (
        "date",
        [
            *("nota del <28/febrero/21>", "<julio 15, 2021>, 8:30", "firma <14/marzo/2023>"),
            *("<3 de mayo del 24>", "cita del <1/9>, otra", "regreso el <3/3>.", "lunes <4/12>"),
            *("el <20 de julio de l962>", "nac.: <27 dc agosto de 1952>", "0320 <06/19>. Seen"),
            *("02/13-<02/15>", "2215 <14 Mar>"),
            *("<7.18>: inhaler given", "Sent: <1.4>\nSubject", "mtg notes <4.21>. Present: all"),
            *("letter home <5.23>", "given by <1.4> or he cannot", "this week (<5.23>, today)"),
        ],
        [
            *("dolor 5/10", "toma 1/2 tableta", "K 4.21: repeat", "returns 1.4 after fluids"),
            *("el 50/100", "del 5%", "julio comes", "3 de 4 dosis", "creatinine by 1.4 or more"),
            *("1200 mg 5/5", "0800 2/2 strength", "fuerza 4/5", "98/60-110/70", "2.5: dose"),
            *("sent 1.4 mg", "dated 1.45", "absent 1.5 days", "this week 2.5 mg", "home 2.5 L"),
        ],
    ),
    "address_near": (
        "address",
        [
            *("seen on <Hwy 20>", "mile marker 214, <I-80>, c/o", "<1200 block of Tupelo>, c/o"),
            *("found at <5th & Main>", "on <pershing & 9th> in", "now at <9 Harbor View>"),
        ],
        [
            *(
                "on I-131 for the thyroid",
                "at route 2 of 3",
                "took I-123 scan",
                "block of L4 nerve",
            ),
            *("at 5th and 6th ribs", "near 5th & 6th", "2 Lateral View", "1200 blocks walked"),
        ],
    ),
    "mrn": (
        "mrn",
        [
            *("MRN: <4482913>", "MRN#<4482913>", "M.R. No. <44-82-913>", "med rec # <4482913>"),
            *("Medical Record Number (MRN): <4482913>", "chart no. <77120>", "MRN\n<4482913>"),
            *("MRN is <E 1234567>", "MRN <448 2913>", "MRN .... <4482913>"),
            *("| MRN | <4482913> |", "EMPI <100023344>", "Patient #: <88123>", "MRN: <44 82 91 3>"),
            *("Accession: <21-GP-00123>", "encounter id <900112233>", "CSN <300112233>"),
            *("case no. <22-10488>", "specimen ID: <SP-21-8812>", "hospital number <99812>"),
        ],
        [
            *(
                "MRN unknown",
                "chart reviewed",
                "case 3 of 12",
                "encounter 2 weeks ago",
                "visit 3 of 6",
            ),
            *("specimen 3 of 5", "a 12-year-old case", "patient 45 years old", "record 120/80"),
            *(
                "chart: 5 mg",
                "hospital day 3",
                "case: 12/15 correct",
                "patient: 120 lbs",
                "unit 4 West",
            ),
            *("specimen 100,000 CFU", "visit 10 minutes", "encounter: 30 minutes", "sample 10 mL"),
            *("the record 2 years ago", "admission 14 days ago", "slide 3 of 4"),
        ],
    ),
    "plan": (
        "health_plan",
        [
            *("MBI <1EG4TE5MK73>", "Medicare <1EG4-TE5-MK73>", "member ID: <W1234 56789>"),
            *("Member # <8812-3344-01>", "policy number <POL-88-1123>", "Group <88231>"),
            *("Grp# <GRP00123>", "BCBS ID# <XYP123456789>", "Aetna <W123456789>", "RxBIN <610014>"),
            *("Medicaid CIN <AB12345C>", "HICN <123-45-6789A>", "Ins: Aetna, grp <88812>"),
            *("MCD <884213977A>", "mbrId=<48291300A>", "HIC <412558890A>"),
            *("prior auth # <PA1234567>", "Claim# <CLM00912>", "Cigna ID <U12345678 01>"),
        ],
        [
            *(
                "group therapy 3x/week",
                "plan: continue",
                "member of church",
                "policy of the clinic",
            ),
            *("BIC 20 mg", "MCR review", "HIC noted", "VSP pending"),
            *("claim of abuse", "group 2 of 3", "plan 10000 steps a day", "Medicare annual visit"),
            *("insurance denied twice", "Aetna approved 30 days", "plan: 500 mg", "group B strep"),
            *(
                "authorization for 12 visits",
                "medicaid pending",
                "subscriber unknown",
                "plan A, plan B",
            ),
        ],
    ),
    "account": (
        "account",
        [
            *(
                "acct <99812-2231>",
                "Account #: <00129938>",
                "A/C no. <00129938>",
                "routing <021000021>",
            ),
            *("account ending in <2231>", "card <4111-1111-1111-1111>", "visa ending <1111>"),
            *("Amex <3782 822463 10005>", "IBAN <DE89 3704 0044 0532 0130 00>", "bill no <7712>"),
            *("invoice <INV-2021-0099>", "guarantor account <600123>", "order # <7712345>"),
        ],
        [
            *("account of the event", "4111 1111 1111 1112", "account for 30%", "check 3 times"),
            *("order 2 units PRBC", "order 12 lead EKG", "card games", "billing code 99213"),
            *("payment plan", "check 120 mg", "transaction: none", "order 50000 units vitamin D"),
            *("receipt given", "statement of 2020", "ending at 2231 hours"),
        ],
    ),
    "license": (
        "license",
        [
            *("DL <D1234567>", "driver's license number is <D123-4567-8901>", "CLIA <14D0123456>"),
            *("Driver license: CA <B1234567>", "DL# IL <D400-7836-0001>", "state ID <88123456>"),
            *(
                "passport no. <512345678>",
                "RN license <541.123456>",
                "alien number <A 012 345 678>",
            ),
            *("birth certificate <112-1980-004512>", "board cert #<112233>", "NPI: <1234567893>"),
            *("DEA# <BL1234563>", "provider <1234567893> MD"),
        ],
        [
            *(
                "license to practice",
                "passport expired",
                "visa for 90 days",
                "DL 2 liters",
                "DLCO 65%",
            ),
            *("certified 3 years ago", "permit 2 visitors", "driver's license suspended in 2019"),
            *(
                "DEA schedule 2",
                "NPI missing",
                "cert 2 weeks",
                "license plate",
                "dose 1234567890 IU",
            ),
            *("BL 1234 mg", "alien hand syndrome"),
        ],
    ),
    "vehicle": (
        "vehicle",
        [
            *("VIN <1HGCM82633A004352>", "license plate <7ABC123>", "plate # <ABC 1234>"),
            *(
                "plate number is <8XYZ 901>",
                "vehicle registration <BD51 SMR>",
                "tag no. <GKL 4421>",
            ),
            *(
                "her car (IL plate <AB 12345>)",
                "Illinois plates <AB12345>",
                "plate reads <JGH-482>",
            ),
            *("vanity plate <LUVDOGS>", "plate TX-<KDR-8842>", "Lic plate: NY <HTR4402>"),
            *(
                "license plate (Ohio) <GXR 8812>",
                "license plate of <7-ABC-123>",
                "plate <klm 4821>",
            ),
            *("blue Toyota Camry, <6TRJ244>, parked", "hit by a truck, <ABC 1234>, fled"),
            *("handicap placard <P123456>", "number plate: <LK19 ZRT>", "car with tags <RVK 229>"),
        ],
        [
            *(
                "plate fixation with 6 screws",
                "plates and screws 3.5 mm",
                "tag team",
                "plate 4 hole",
            ),
            *("plate count 100,000 CFU/mL", "skin tag 3 mm", "growth plate 2", "tag questions"),
            *(
                "plated on 5% sheep agar",
                "car accident at 40 mph",
                "vehicle rollover x2",
                "truck 2 axles",
            ),
            *(
                "LICENSE PLATE NUMBER UNKNOWN",
                "plate removed 2019",
                "tibial plate 12 mm",
                "tags: none",
            ),
            *(
                "license renewed",
                "car seat to 40 lbs",
                "volar plate injury",
                "van driver for 20 years",
            ),
            *("ate a plate of rice", "end plate changes at L4-L5"),
        ],
    ),
    "device": (
        "device",
        [
            *(
                "serial number <SN-99812-A>",
                "S/N: <4488120>",
                "Medtronic Azure, serial <RNB123456G>",
            ),
            *("implant lot <7654321D>", "ICD model D284 SN <112233>", "IMEI <490154203237517>"),
            *(
                "CGM transmitter <8GK2TR>",
                "UDI <(01)00844588003288(17)141120>",
                "stent LOT# <18123456>",
            ),
            *("MAC <00:1A:2B:3C:4D:5E>", "<=/A9999XYZ100T0944>=,0"),
        ],
        [
            *(
                "serial troponins x3",
                "serial 7s",
                "a lot of pain",
                "ref 150-400",
                "monitor 24 hours",
            ),
            *("device check in 3 months", "lead V5 ST 2 mm", "pump 2.5 units/hr", "sensor 10 days"),
            *("valve area 0.8 cm2", "icd 10 codes", "meter 120", "lot of 2", "stent x3 placed"),
        ],
    ),
    "other": (
        "other",
        [
            *("badge <55123>", "employee ID <E55123>", "inmate # <889123>", "docket <21-CV-1123>"),
            *("police report #<21-004512>", "confirmation code <8H7K2P>", "EIN <12-3456789>"),
            *("<123e4567-e89b-12d3-a456-426614174000>", "tracking no. <1Z999AA10123456784>"),
            *(
                "study ID <0012-003>",
                "Rx # <7712345>",
                "any odd number <W88123>",
                "DoD ID <1234567890>",
            ),
        ],
        [
            *(
                "PMID 12345678",
                "number 4",
                "#30 tablets",
                "CAS number 50-78-2",
                "report 3 of 4",
                "NCT no. x",
            ),
            *(
                "NDC no. 00027-8215",
                "study of 120 patients",
                "order 2 units",
                "Rx: 500 mg",
                "file of 2020",
            ),
            *("CPT code 99213", "catalog number 112233", "unit 4 bed 12"),
        ],
    ),
    "encoded": (
        "other",
        ["<SmFuZSBPa2Fmb3IgYm9ybiAzLzQvMTk4MA==>", "<4a616e65204f6b61666f72>"],
        [
            "d41d8cd98f00b204e9800998ecf8427e",
            "Electroencephalographically",
            "and/or/but/not/either",
        ],
    ),
    "spelled": (
        "phone",
        [
            "<five five five two three four five six seven eight>",
            "call <five five five, two three four, fifty-six seventy-eight>",
            "cell <double five five oh one two three>",
            "extension <four four one two>",
        ],
        [
            *("one two three, lift", "two or three times", "four to six weeks", "five out of ten"),
            *("one twenty over eighty", "twenty five milligrams"),
        ],
    ),
    "license in groups": (
        "license",
        ["DEA# <BS 1234563>"],
        ["idea BS 1234"],
    ),
    "vehicle in groups": (
        "vehicle",
        ["VIN# <1HGCM 82633 A004352>", "RV VIN <5B4KP42R>"],
        ["VIN in the record", "vin ordinaire 12"],
    ),
    "device in groups": (
        "device",
        ["CPAP SN# <2219 8812 009>"],
        ["SN 12 of 40"],
    ),
}
FOUND, KEPT = rows(TABLES)


@pytest.mark.parametrize(("name", "marked"), FOUND)
def test_every_row_of_numbers_is_found(name: str, marked: str) -> None:
    text, start, end = marked_span(marked)
    assert found_in(text, start, end) == [TABLES[name][0]], hits_in(text)


@pytest.mark.parametrize(("name", "text"), KEPT)
def test_every_look_alike_of_numbers_stays(name: str, text: str) -> None:
    assert hits_in(text) == []


def test_numbers_have_as_many_look_alikes_as_finds() -> None:
    for name, (_, found, kept) in TABLES.items():
        assert len(kept) >= len(found), name
