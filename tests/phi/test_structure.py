"""Structure decides: what a field, column, element or segment holds, and that codes stay.

The records are written for these tests; nobody in them exists.
"""

import base64
import json
from typing import Any

import pytest

from phi.rehydrate import rehydrate
from phi.sanitize import sanitize, sanitize_text
from tests.phi.cast import KEY, KNOWN, POLICY, message

HL7 = "\n".join(
    (
        "MSH|^~\\&|LAB|GH|EHR|NG|202103041015||ADT^A01|MSG0001|P|2.5",
        "PID|1|998877|PT-4477^^^GH^MR~88-123^^^SSA^SS||Okafor&van^Jane^Quill^^Dr||19800304|F||2106-3|"
        "12 Oak St&Oak^Apt 4^Springfield^IL^62704^USA^H^^Sangamon||(555)234-5678^PRN^PH^jo@ex.org|"
        "555-222-1111||M||ACC1234^^^GH^VN|536-22-8726|D1234567^IL",
        "NK1|1|Nwosu^Peter|SPO^Spouse|7 Elm Rd^^Oxbow^ME^04001|(555)234-9999",
        "PV1|1|I|ICU^12^B||||77123^Lopez^Maria^^^Dr||||||||||||V9988123",
        "OBR|1|ORD-771|FIL-882|4548-4^HbA1c^LN|||202103041000|||||||||77^Chen^Amy|555-1000",
        "OBX|1|NM|4548-4^Hemoglobin A1c^LN||7.2|%|4.0-6.0|H|||F|||202103041030",
        "OBX|2|DT|11368-8^Onset^LN||20210101||||||F",
        "IN1|1|PPO|AET|Aetna||||GRP-99|||Tolland Wire||||||Okafor^Jane|SEL|19800304|"
        "12 Oak St^^Springfield^IL",
        "IN3|1|8812||Y|||20210304083000.12-0500||77^Oduya^Bisi",
        "PID|2|||||||||||MARATHON|||||||||||Krakow",
    )
)
HL7_GONE = (
    *("998877", "PT-4477", "88-123", "Okafor", "Jane", "Quill", "19800304", "12 Oak", "Apt 4"),
    *("Springfield", "62704", "Sangamon", "234-5678", "jo@", "222-1111", "ACC1234", "536-22"),
    *("D1234567", "Nwosu", "Peter", "7 Elm", "Oxbow", "04001", "9999", "77123", "Lopez", "Maria"),
    *("V9988123", "ORD-771", "FIL-882", "Chen", "Amy", "20210304", "20210101", "GRP-99"),
    *("1000", "1030", "Tolland Wire", "Oduya", "8812", "Krakow", "MARATHON", "0830"),
)
HL7_KEPT = (
    *("4548-4^Hemoglobin A1c^LN", "|7.2|%|4.0-6.0|H|", "ICU^12^B", "ADT^A01", "SPO^Spouse", "^IL"),
    *("2106-3", "11368-8^Onset^LN", "PPO"),
)
PATIENT = {
    "resourceType": "Patient",
    "id": "pat-77123",
    "identifier": [{"system": "urn:mrn", "value": "ZK-4477"}],
    "name": [{"use": "official", "family": "Okafor", "given": ["Jane", "Quill"]}],
    "telecom": [{"system": "phone", "value": "555 234 5678"}, {"value": "jo@ex.org"}],
    "birthDate": "1980-03-04",
    "address": [{"line": ["12 Oak St", "Apt 4"], "city": "Oxbow", "state": "ME"}],
    "contact": [{"name": {"text": "Peter Nwosu"}}],
    "generalPractitioner": [{"reference": "Practitioner/pr-881", "display": "Dr. Maria Lopez"}],
}
PATIENT_GONE = (
    *(
        "pat-77123",
        "ZK-4477",
        "Okafor",
        "Jane",
        "Quill",
        "234 5678",
        "jo@ex",
        "1980-03-04",
        "12 Oak",
    ),
    *("Apt 4", "Oxbow", "Peter", "Nwosu", "pr-881", "Lopez"),
)
OBSERVATION = {
    "resourceType": "Observation",
    "code": {
        "coding": [
            {"system": "http://loinc.org", "code": "4548-4", "display": "Hemoglobin A1c"},
            {"system": "http://snomed.info/sct", "code": "44054006", "display": "Type 2 diabetes"},
            {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "860975"},
        ],
        "text": "HbA1c",
    },
    "subject": {"reference": "Patient/pat-77123", "display": "Jane Okafor"},
    "effectiveDateTime": "2021-03-04",
    "valueQuantity": {"value": 7.2, "unit": "%", "system": "http://unitsofmeasure.org"},
}
OBSERVATION_KEPT = (
    *("http://loinc.org", "4548-4", "Hemoglobin A1c", "http://snomed.info/sct", "44054006"),
    *("Type 2 diabetes", "umls/rxnorm", "860975", "HbA1c", "7.2", "http://unitsofmeasure.org"),
)
CCDA = (
    '<recordTarget><patientRole><id extension="ZK-4477" root="2.16.840.1.113883.19.5"/><addr>'
    "<streetAddressLine>12 Oak St</streetAddressLine><city>Oxbow</city><state>ME</state></addr>"
    '<telecom value="tel:+1(555)234-5678" use="HP"/><patient><name><given>Jane</given>'
    '<family>Okafor</family></name><birthTime value="19800304"/></patient></patientRole>'
    '</recordTarget><author><time value="20210304101500"/><assignedAuthor><assignedPerson><name>'
    "<given>Amy</given></name></assignedPerson></assignedAuthor></author>"
    '<observation><code code="4548-4" codeSystem="2.16.840.1.113883.6.1" displayName="A1c"/>'
    '<value xsi:type="PQ" value="7.2" unit="%"/></observation>'
)
FHIR_XML = (
    '<Patient xmlns="http://hl7.org/fhir"><identifier><value value="ZK-4477"/></identifier><name>'
    '<family value="Okafor"/><given value="Jane"/></name><telecom><value value="555-234-5678"/>'
    '</telecom><birthDate value="1980-03-04"/><address><city value="Oxbow"/><state value="ME"/>'
    "</address></Patient>"
)
CSV = (
    "patient_id,last_name,first_name,dob,sex,phone,zip,dx,hba1c\n"
    "44771,Okafor,Jane,1980-03-04,F,5552345678,62704,E11.9,7.2\n"
    "44772,Ruiz,Ana,04/05/1990,F,5552345679,62705,I10,6.1"
)
MARKDOWN = (
    "| Name | DOB | MRN | Diagnosis |\n|---|---|---|---|\n"
    "| Jane Okafor | 19800304 | 44771 | Parkinson disease |\n| Ana Ruiz | 19900405 | 44772 | I10 |"
)
DRUGS = "| Drug | Dose | Often |\n|---|---|---|\n| Metformin | 500 mg | daily |\n| Iron | 10 | x |"
INSERT = (
    "INSERT INTO patients (first_name, last_name, dob, mrn, hba1c) VALUES "
    "('Jane','O''Kafor','1980-03-04','44771',7.2), ('Ana','Ruiz',NULL,'44772',6.1);"
)
UPDATE = (
    "UPDATE patients SET last_name = 'Okafor', city='Oxbow' WHERE mrn = '44771' AND first_name "
    "LIKE "
    "'%Jane%' OR ssn IN ('111-22-3333', '111-22-4444') AND code = '4548-4'"
)
FORM = (
    "**Home address:** 12 Oak St, Oxbow\nCity: Oxbow\nState: ME\nCounty: Sangamon\nPhone (home): "
    "555-234-5678\nAllergies: none\nMember ID: W12345678"
)
TEXTS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    **{
        f"hl7 {name}": (HL7.replace("\n", end), HL7_GONE, HL7_KEPT)
        for name, end in (("lines", "\n"), ("returns", "\r"), ("escaped", "\\r"))
    },
    "hl7 own separators": (
        "MSH#*~\\&#LAB#GH\nPID#1##PT-4477*x*y##Okafor*Jane##19800304#F",
        ("PT-4477", "Okafor", "Jane", "19800304"),
        ("LAB#GH", "#F"),
    ),
    "hl7 in a mail": (
        "> PID|1||PT-4477||Okafor^Jane||19800304|M|||037 State\n> St^^Reno^NV^89503||555-222-1111",
        ("PT-4477", "Okafor", "037 State", "Reno", "89503", "222-1111"),
        ("^NV^",),
    ),
    "fhir": (json.dumps(PATIENT), PATIENT_GONE, ('"official"', '"ME"', "generalPractitioner")),
    "fhir among words": (
        f"The record:\n```json\n{json.dumps(PATIENT, indent=1)}\n```\nSummarize.",
        PATIENT_GONE,
        ('"official"', "Summarize."),
    ),
    "fhir in a string": (
        json.dumps({"args": json.dumps(PATIENT)}),
        PATIENT_GONE,
        ("official", "birthDate"),
    ),
    "fhir cut off": (json.dumps(PATIENT)[:-40], PATIENT_GONE[:-2], ("official",)),
    "codes": (json.dumps(OBSERVATION), ("pat-77123", "Okafor", "2021-03-04"), OBSERVATION_KEPT),
    "ccda": (
        CCDA,
        ("ZK-4477", "12 Oak", "Oxbow", "234-5678", "Jane", "Okafor", "19800304", "2021", "Amy"),
        ("2.16.840.1.113883.19.5", ">ME<", "4548-4", "2.16.840.1.113883.6.1", "A1c", "7.2"),
    ),
    "fhir xml": (
        FHIR_XML,
        ("ZK-4477", "Okafor", "Jane", "234-5678", "1980-03-04", "Oxbow"),
        ('value="ME"', "http://hl7.org/fhir"),
    ),
    "csv": (
        CSV,
        ("44771", "Okafor", "Jane", "1980", "5552345678", "62704", "44772", "Ruiz", "04/05/1990"),
        ("E11.9,7.2", "I10,6.1", ",F,", "last_name"),
    ),
    "markdown": (
        MARKDOWN,
        ("Okafor", "19800304", "44771", "Ruiz", "19900405", "44772"),
        ("Parkinson disease", "I10", "Diagnosis"),
    ),
    "drugs": (DRUGS, (), (DRUGS,)),
    "insert": (INSERT, ("Jane", "Kafor", "1980", "44771", "Ana", "Ruiz"), ("7.2)", "6.1)", "dob")),
    "update": (UPDATE, ("Okafor", "Oxbow", "44771", "Jane", "111-22"), ("4548-4", "last_name")),
    "query": (
        "GET /p?last_name=Okafor&dob=1980-03-04&mrn=44771&page=2 user=jokafor77",
        ("Okafor", "1980", "44771", "jokafor77"),
        ("page=2", "last_name"),
    ),
    "form": (FORM, ("12 Oak", "Oxbow", "Sangamon", "234-5678", "W12345678"), ("State: ME", "none")),
    "base64": (
        f"attached {base64.b64encode(b'Jane Okafor, born 3/4/1980, MRN 44771').decode()} end",
        (base64.b64encode(b"Jane Okafor").decode()[:12],),
        ("attached", "end"),
    ),
    "hexadecimal": (
        f"hex {b'Jane Okafor, born 3/4/1980'.hex()} and d41d8cd98f00b204e9800998ecf8427e",
        (b"Jane Okafor".hex(),),
        ("d41d8cd98f00b204e9800998ecf8427e",),
    ),
}


def _sent(document: Any) -> str:
    safe = sanitize(document, known=(), policy=POLICY, key=KEY)
    assert rehydrate(safe.document, safe.vault)[0] == document
    content = safe.document["messages"][0]["content"]
    return content if isinstance(content, str) else json.dumps(content)


@pytest.mark.parametrize("name", TEXTS)
def test_structure_in_a_text_decides(name: str) -> None:
    text, gone, kept = TEXTS[name]
    sent = _sent(message(text))
    assert [value for value in gone if value in sent] == []
    assert [value for value in kept if value not in sent] == []


@pytest.mark.parametrize(
    ("value", "gone", "kept"),
    [
        (PATIENT, PATIENT_GONE, ('"official"', '"ME"')),
        (OBSERVATION, ("pat-77123", "Okafor", "2021-03-04"), OBSERVATION_KEPT),
    ],
)
def test_structure_in_tool_arguments_decides(
    value: dict[str, Any], gone: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "put", "input": value}
    sent = _sent({"messages": [{"role": "assistant", "content": [call]}]})
    assert [one for one in gone if one in sent] == []
    assert [one for one in kept if one not in sent] == []


@pytest.mark.parametrize(
    "unit",
    [
        *('{"a":', '{"a":"{\\"b\\":', "name,dob,mrn\n", "<name><given>x</given>", "PID|^&~|1\n"),
        *("insert into t (a) values ('c',", "mrn = '1' and ", "City: x\n", "S m i t h ", "a-\n"),
        *("lives in ", "3/4 ", "MRN \n", "QUJDREVG", "one two ", "\\u0041", "&amp;", "garcai "),
    ],
)
def test_one_thing_over_and_over_ends_soon(unit: str) -> None:
    """Each reading passes over the text once; what is hostile costs as much as what is long."""
    text = unit * (40_000 // len(unit))
    safe = sanitize(message(text), known=KNOWN, policy=POLICY, key=KEY)
    assert rehydrate(safe.document, safe.vault)[0] == message(text)


def test_the_head_of_a_table_may_follow_other_words_of_its_line() -> None:
    """But a list of what to extract is no head."""
    table = "Tidy this: last_name,first_name,mrn\nQuillon,Zeph,7718203\n"
    assert "7718203" not in sanitize_text(table, known=(), policy=POLICY, key=KEY)[0]
    asked = "Extract: name, date, mrn\nThe knee, the hip, the back ache.\n"
    assert sanitize_text(asked, known=(), policy=POLICY, key=KEY)[0] == asked
