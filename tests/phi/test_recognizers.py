"""What each recognizer takes for an identifier, and as many things it must leave alone."""

import pytest

from phi.detect import registry
from phi.detect.overlap import resolved
from phi.detect.view import view_of

FULL_WIDTH = "Patient: John Smith".translate({code: code + 0xFEE0 for code in range(33, 127)})

FOUND = [
    # value in its text, what is found, category, why
    ("SSN 123-45-6789.", "123-45-6789", "ssn", "dashes"),
    ("his social is 123 45 6789", "123 45 6789", "ssn", "blanks behind a label"),
    ("SSN: 123456789", "123456789", "ssn", "figures behind a label"),
    ("last four of SSN 6789", "6789", "ssn", "last four in context"),
    ("xxx-xx-6789", "6789", "ssn", "masked but for four"),
    ("MRN: 00482913", "00482913", "mrn", "label and colon"),
    ("MRN 482913 seen today", "482913", "mrn", "label alone"),
    ("medical record number is AB-482913", "AB-482913", "mrn", "letters and dash"),
    ("MR# 55123", "55123", "mrn", "short label"),
    ("Medicare 1EG4-TE5-MK73", "1EG4-TE5-MK73", "health_plan", "the CMS example of an MBI"),
    ("member ID: XQZ123456789", "XQZ123456789", "health_plan", "label"),
    ("policy no. 44-7781", "44-7781", "health_plan", "label"),
    ("group number 88231", "88231", "health_plan", "label"),
    ("account number 9981-2231", "9981-2231", "account", "label"),
    ("card 4111 1111 1111 1111", "4111 1111 1111 1111", "account", "Luhn"),
    ("paid by 378282246310005", "378282246310005", "account", "fifteen digits, Luhn"),
    ("IBAN GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 32", "account", "mod 97"),
    ("NPI 1234567893", "1234567893", "license", "label"),
    ("provider 1234567893", "1234567893", "license", "Luhn with 80840, in context"),
    ("DEA AB1234563", "AB1234563", "license", "check digit"),
    ("driver's license D123-4567", "D123-4567", "license", "label"),
    ("VIN 1M8GDM9AXKP042788", "1M8GDM9AXKP042788", "vehicle", "check digit"),
    ("license plate 7ABC123", "7ABC123", "vehicle", "label"),
    ("serial number SN-99812-A", "SN-99812-A", "device", "label"),
    ("pacemaker serial PJN1234567", "PJN1234567", "device", "device and label"),
    ("MAC 00:1A:2B:3C:4D:5E", "00:1A:2B:3C:4D:5E", "device", "six pairs"),
    ("write to jane.doe+x@mail.example.com today", "jane.doe+x@mail.example.com", "email", "plus"),
    ("jane dot doe at gmail dot com", "jane dot doe at gmail dot com", "email", "spelled"),
    ("see https://portal.example.com/p/881", "https://portal.example.com/p/881", "url", "scheme"),
    ("at www.example.org/jane.", "www.example.org/jane", "url", "no scheme"),
    ("from 192.168.14.7 at night", "192.168.14.7", "ip", "version 4"),
    ("2001:db8:85a3:0:0:8a2e:370:7334", "2001:db8:85a3:0:0:8a2e:370:7334", "ip", "version 6"),
    ("Call (555) 234-5678 now", "(555) 234-5678", "phone", "brackets"),
    ("cell 555.234.5678", "555.234.5678", "phone", "dots"),
    ("phone: 5552345678", "5552345678", "phone", "figures in context"),
    ("+1 555 234 5678", "+1 555 234 5678", "phone", "country code"),
    ("+44 20 7946 0958", "+44 20 7946 0958", "phone", "abroad"),
    ("tel 234-5678", "234-5678", "phone", "local in context"),
    ("555-234-5678 x123", "555-234-5678 x123", "phone", "extension"),
    ("fax: 555-234-9999", "555-234-9999", "fax", "label"),
    ("seen 03/04/2020", "03/04/2020", "date", "month first"),
    ("seen 3-4-20", "3-4-20", "date", "two-digit year"),
    ("on 2020-03-04", "2020-03-04", "date", "ISO"),
    ("at 2020-03-04T10:15:00Z", "2020-03-04", "date", "the day of a timestamp"),
    ("on March 4, 2020", "March 4, 2020", "date", "month name"),
    ("on Mar. 4th", "Mar. 4th", "date", "no year"),
    ("4 March 2020", "4 March 2020", "date", "day first"),
    ("04-MAR-2020", "04-MAR-2020", "date", "capitals"),
    ("the 4th of March", "4th of March", "date", "ordinal"),
    ("04MAR2020", "04MAR2020", "date", "run together"),
    ("in March 2020", "March 2020", "date", "month and year"),
    ("in 03/2020", "03/2020", "date", "month and year in figures"),
    ("seen on 3/4 in clinic", "3/4", "date", "month and day in context"),
    ("DOB 3/4/80", "3/4/80", "date", "birth"),
    ("DOB: 19800304", "19800304", "date", "compact in context"),
    ("4.3.2020", "4.3.2020", "date", "dots"),
    ("a 93-year-old woman", "93", "date", "age over 89"),
    ("age: 101", "101", "date", "age behind a label"),
    ("97 y/o male", "97", "date", "age, short"),
    ("lives at 12 Oak Street, Apt 4", "12 Oak Street, Apt 4", "address", "unit"),
    ("1600 N. Elm Ave", "1600 N. Elm Ave", "address", "direction"),
    ("P.O. Box 1123", "P.O. Box 1123", "address", "box"),
    ("Springfield, IL 62704", "Springfield, IL 62704", "address", "city, state and ZIP"),
    ("zip code 62704", "62704", "address", "ZIP in context"),
    ("Patient: John Smith", "John Smith", "name", "label"),
    ("PATIENT NAME: SMITH, JOHN", "SMITH, JOHN", "name", "capitals, last name first"),
    ("name: john smith", "john smith", "name", "lower case behind a sure label"),
    ("Dr. Maria Lopez called", "Maria Lopez", "name", "title"),
    ("Mrs. O'Neil reports", "O'Neil", "name", "apostrophe"),
    ("daughter: Anna-Lena Müller", "Anna-Lena Müller", "name", "hyphen and umlaut"),
    ("her husband Tom Baker drove", "Tom Baker", "name", "relative"),
    ("Dear Ms. Chen,", "Chen", "name", "greeting"),
    ("Regards,\nPaula Ortiz", "Paula Ortiz", "name", "signature"),
    ("ATTENDING: S. PATEL, MD", "S. PATEL", "name", "initial first"),
    ("Husband Carlos drove", "Carlos", "name", "relative without a pronoun"),
    ("DOB 03041980", "03041980", "date", "compact, month first, labeled"),
    ("last Tues 3/12", "3/12", "date", "weekday before"),
    ("ID# W123456789", "W123456789", "other", "a bare id"),
    ("pacemaker Medtronic serial PJN1234567H", "PJN1234567H", "device", "serial alone"),
    ("Paula Ortiz, MD", "Paula Ortiz", "name", "credentials"),
    ('{"family": "Okafor"}', "Okafor", "name", "FHIR member"),
    ('{"birthDate": "1980-03-04"}', "1980-03-04", "date", "FHIR member"),
    ("PID|1||123^^^MR||Doe^Jane||19800304|F", "Doe", "name", "HL7 PID-5"),
    ("PID|1||123^^^MR||Doe^Jane||19800304|F", "19800304", "date", "HL7 PID-7"),
    (FULL_WIDTH, FULL_WIDTH[9:], "name", "full width"),
    ("SSN 123\u201145\u20116789", "123\u201145\u20116789", "ssn", "non-breaking hyphens"),
    ("SSN 1\u200b23-45-6789", "1\u200b23-45-6789", "ssn", "zero width space inside"),
    ("jane%40example.com", "jane%40example.com", "email", "percent encoding"),
    ("SSN 123&#45;45&#45;6789", "123&#45;45&#45;6789", "ssn", "entities"),
]

KEPT = [
    # text, why it must stay
    ("BP 120/80, HR 72, RR 16, T 98.6 F, SpO2 97%", "vital signs"),
    ("strength 5/5 in both arms, reflexes 2/4", "scores"),
    ("pain 10/10 at worst, 3/10 now", "pain scale"),
    ("take 1/2 tab daily, then 12/15 mg", "doses"),
    ("amoxicillin 875/125 mg twice daily for 10 days", "combination dose"),
    ("vision 20/20 and 20/40", "visual acuity"),
    ("ICD-10 E11.9, I10, Z79.4; CPT 99213 and 99214", "codes"),
    ("LOINC 4548-4 and 2345-7, SNOMED 44054006", "code systems"),
    ("NDC 0002-8215-01", "drug code"),
    ("HbA1c 7.2% (54 mmol/mol), LDL 131 mg/dL", "laboratory"),
    ("platelets 150,000-450,000", "range"),
    ("Parkinson disease, Crohn's disease, Bell's palsy", "eponyms"),
    ("Foley catheter, Apgar 8 and 9, Down syndrome", "eponyms"),
    ("Glasgow Coma Scale 15, Wells score 3", "scores"),
    ("a 67-year-old man with diabetes", "age under 90"),
    ("ejection fraction 35-40%, weight 90 kg", "figures"),
    ("the year 2020 was hard", "a year alone"),
    ("follow up in 2-3 weeks", "interval"),
    ("She may take 5 mg", "may is a verb"),
    ("march 2 miles daily", "march is a verb"),
    ("version 10.2.14.3 of the firmware", "a version"),
    ("chapter 1.2.3.4.5", "an outline number"),
    ("000-12-3456", "SSN area never issued"),
    ("666-12-3456", "SSN area never issued"),
    ("4111 1111 1111 1112", "fails Luhn"),
    ("dose 1234567890 units", "ten figures without context"),
    ("metformin 500 mg by mouth two times a day", "by mouth"),
    ("2 tablets way too much", "no street"),
    ("Take it with food. Patient denies pain.", "no name behind the word patient"),
    ("Patient: denies chest pain", "no name behind the label"),
    ("Dr. appointment next week", "a title without a name"),
    ("mother and father are healthy", "relatives without names"),
    ("ratio 3:2, 1:1000 dilution", "ratios"),
    ("at 10:15 in the morning", "a clock"),
    ("T2DM, HTN, CKD3b, s/p CABG x3", "abbreviations"),
    ("30-day readmission, 7-day course, 24/7", "durations"),
    ("Call 911 in an emergency", "emergency number"),
    ("call 988", "crisis line"),
    ("room 12, bed 3", "a room"),
    ("The model claude-sonnet-4-5-20250929 answered", "a model id"),
    ("WBC 4.5, RBC 4.9, Hgb 13.8, Na 138, K 4.1", "laboratory"),
    ("titrate 25-50-100 mg weekly", "a titration"),
    ("Ranson criteria, Child-Pugh B, MELD 14", "scores"),
    ("MRN unknown", "a label without a value"),
    ("his account of the event", "account as a word"),
    ("insurance denied the claim", "no number"),
    ("gravida 2 para 1-0-1-1", "obstetrics"),
    ("Patient Health Questionnaire PHQ-9 score 12", "an instrument"),
    ("Patient Education given, Patient Portal message", "capitalized compounds"),
    ("per Nurse Practitioner note", "a profession"),
    ("between 3/10 and 5/10 pain", "two scores"),
    ("from 10/20 to 15/20", "fractions"),
    ("20 minute walk test", "a test"),
    ("Take 2 Tablets At Bedtime Run errands after", "no street"),
    ("Name: metformin 500 mg", "a drug behind the label"),
    ("Mother: Died of stroke at 60", "family history"),
    ("serial troponins x3, serial 7s", "serial as a word"),
]


def _found(text: str) -> list[tuple[str, str]]:
    view = view_of(text)
    found = []
    for hit in resolved(registry.scan(view)):
        start, end = view.original_span(hit.start, hit.end)
        found.append((text[start:end], hit.category))
    return found


@pytest.mark.parametrize(("text", "value", "category", "why"), FOUND)
def test_finds(text: str, value: str, category: str, why: str) -> None:
    assert (value, category) in _found(text), why


@pytest.mark.parametrize(("text", "why"), KEPT)
def test_keeps(text: str, why: str) -> None:
    assert _found(text) == [], why


def test_categories_are_the_eighteen_of_safe_harbor() -> None:
    """45 CFR 164.514(b)(2)(i) lists eighteen, (A) to (R)."""
    assert len(registry.CATEGORIES) == 18
    assert {recognizer.category for recognizer in registry.RECOGNIZERS} <= set(registry.CATEGORIES)
