"""The list of recognizers, and the eighteen categories of Safe Harbor.

A new identifier is one file of this package and one line here. Later layers (gazetteer, sequence
model) are recognizers too: whatever has a pattern and yields hits.
"""

from collections.abc import Sequence
from typing import Any, Final

import re2

from phi.detect import (
    account,
    address,
    address_near,
    age,
    bare_number,
    date,
    date_abroad,
    date_beside,
    date_entries,
    date_forms,
    date_habits,
    date_signs,
    dea,
    device,
    email,
    employer,
    encoded,
    fields,
    forms,
    gazetteer,
    hl7,
    initials,
    institution,
    ip,
    last_four,
    license,
    markup,
    misspelt_month,
    month_day,
    mrn,
    name,
    npi,
    organization,
    other,
    phone,
    plan,
    sequence,
    spelled,
    ssn,
    statements,
    tables,
    town,
    url,
    username,
    vehicle,
)
from phi.detect.recognizer import Hit, Recognizer, octet_options
from phi.detect.view import View

# The slugs of 45 CFR 164.514(b)(2)(i)(A) to (R), in its order, with the TYPE of their tokens.
CATEGORIES: Final[dict[str, str]] = {
    "name": "NAME",
    "address": "ADDR",
    "date": "DATE",  # ages over 89 too, as AGE
    "phone": "PHONE",
    "fax": "FAX",
    "email": "EMAIL",
    "ssn": "SSN",
    "mrn": "MRN",
    "health_plan": "PLAN",
    "account": "ACCT",
    "license": "LIC",
    "vehicle": "VEH",
    "device": "DEVICE",
    "url": "URL",
    "ip": "IP",
    "biometric": "BIO",
    "photo": "PHOTO",
    "other": "ID",
}

RECOGNIZERS: Final[tuple[Recognizer, ...]] = (
    *(
        ssn.LABELED_SSN,
        ssn.SSN,
        ssn.SCANNED_SSN,
        ssn.LAST_FOUR,
        ssn.VETERAN,
        *(ssn.L_FOUR, ssn.ENDING),
        ssn.NEAR,
        *last_four.LAST_FOUR,
        *mrn.MRN,
        *mrn.VISIT,
        plan.MBI,
        *plan.PLAN,
    ),
    *(account.CARD, account.IBAN, account.ENDING, account.HOSPITAL, *account.ACCOUNT),
    *(npi.LABELED_NPI, npi.NPI, npi.SCANNED_NPI, dea.DEA, dea.SPACED, *license.LICENSE),
    *(
        *(vehicle.VIN, vehicle.LABELED_VIN),
        vehicle.PLATE,
        vehicle.SEEN_PLATE,
        vehicle.LOWER_PLATE,
        device.UDI,
        device.MAC,
        *device.DEVICE,
    ),
    *(email.EMAIL, email.HOST_ALONE, email.SPELLED_EMAIL, email.SLIPPED),
    *(url.URL, url.BARE, url.PROFILE, url.HANDLE, url.ACCOUNT, ip.IPV4, ip.IPV6),
    *(phone.FAX, phone.PHONE, phone.SPACED, phone.SCANNED, phone.INTERNATIONAL, phone.TRUNK),
    *(phone.LOCAL, phone.NEAR, phone.EXTENSION, phone.CROSSED, phone.LEADING_ONE, phone.SECOND),
    *(
        date.FIGURES,
        date.SCANNED,
        date.DAY_FIRST,
        date.MONTH_FIRST,
        misspelt_month.MISSPELT_MONTH,
        date.FOREIGN,
        date.WORDS,
        date.COMPACT,
    ),
    *(date.MONTH_YEAR, date.MONTH_ALONE, date.BIRTH, month_day.MONTH_DAY),
    *(date_entries.ENTRIES, date_entries.SERVICE),
    *(date_forms.DOTTED, date_forms.SHORT_YEAR, date_forms.DAY_WITH_DOT, date_forms.ROMAN),
    *(date_forms.NAMED_RANGE, date_forms.DAY_ALONE, date_forms.DASHED, date_forms.DOTTED_DAY),
    *(date_forms.GERMAN_DAY, date_forms.JOINED, date_forms.SPACED_YEAR, date_forms.YEAR_FIRST),
    *(date_forms.MONTH_SHORT_YEAR, date_forms.COMPACT_US, *date_habits.HABITS),
    *(*date_abroad.ABROAD, *date_signs.SIGNS, *date_beside.BESIDE),
    *(
        age.AGE,
        age.LABELED_AGE,
        age.SEX_AGE,
        age.SAID_AGE,
        age.SPELLED_AGE,
        age.LISTED_AGE,
        age.BIRTH_YEAR,
        *age.OTHER_AGES,
        age.OTHER_SPELLED,
    ),
    *(
        address.STREET,
        address.SPELLED_STREET,
        address.ROAD,
        address.FOREIGN_STREET,
        address.CORNER,
        address.DIRECTED,
        address.LINE,
    ),
    *(
        address.NO_SUFFIX,
        address.DWELLING,
        address.BETWEEN_COMMAS,
        address.BOX,
        address.CITY,
        address.CITY_STATE,
    ),
    *address_near.NEAR,
    *(town.SAID, town.HOMEWARD, town.IN, town.LOWER_IN, town.BEFORE_ZIP, town.AFTER_STREET),
    *(address.COUNTY, address.ZIP, address.ZIP_PLUS_FOUR, address.POSTAL_ABROAD),
    address.POSTAL_TOWN,
    *(name.TITLED, name.LABELED, name.LOWER_LABELED, name.NAMED, name.SUBJECT, name.GREETED),
    *(name.RELATED, name.SIGNED, name.CREDENTIALED, name.LOWER_TITLED, name.SPELLED),
    *initials.INITIALS,
    *(name.TRANSCRIBER, organization.ORGANIZATION, organization.KIND_FIRST),
    *(organization.SHOUTED, organization.QUIET, *institution.INSTITUTIONS),
    gazetteer.GIVEN_AND_SURNAME,
    *(employer.EMPLOYERS, employer.CHAINS, sequence.NAMES_IN_CONTEXT),
    *(*other.OTHER, other.HYPHENED, other.SLIP, other.HANDLE, other.LONG, other.ROWS),
    *(other.MACHINE_READABLE, other.KEPT_BY, other.TICKET),
    *(other.NUMBERED, other.UUID),
    *(other.TRACKING, username.USERNAME),
    *(bare_number.PREFIXED, bare_number.TERMINAL_DIGITS, bare_number.DICOM_UID),
    *(encoded.ENCODED, encoded.DUMPED),
    *(hl7.SEGMENTS, fields.MEMBERS, tables.TABLES, markup.MARKUP, forms.FORMS),
    *(statements.INSERTS, statements.COMPARISONS, statements.PARAMETERS, spelled.SPELLED_OUT),
)


# How many recognizers one pass looks for. What is half read of one pattern goes with what is half
# read of each other one: of all together, nearly every text leads to states that were never met.
_TOGETHER: Final = 16
_MOST_STATES: Final = 4 << 20  # bytes of one such pass; they are forgotten when it is more


def _gate(recognizers: Sequence[Recognizer]) -> Any:
    options = octet_options()
    options.max_mem = _MOST_STATES
    gate = re2.Set.SearchSet(options)
    for recognizer in recognizers:
        gate.Add(recognizer.pattern.encode("latin-1"))
    # The empty pattern matches every text: an answer without it means that the pass itself failed,
    # which the library reports as "no match".
    gate.Add(b"")
    gate.Compile()
    return gate


_GATES: Final[tuple[tuple[Any, Sequence[Recognizer]], ...]] = tuple(
    (_gate(some), some)
    for first in range(0, len(RECOGNIZERS), _TOGETHER)
    for some in (RECOGNIZERS[first : first + _TOGETHER],)
)


def scan(view: View) -> list[Hit]:
    """Return the hits of every recognizer; they may overlap.

    A pass over the text for every few recognizers finds out which of them can have a hit at all;
    only those run. When a pass runs out of memory, all of its recognizers run.
    """
    hits: list[Hit] = []
    for gate, recognizers in _GATES:
        possible = gate.Match(view.octets) or ()
        sentinel = len(recognizers)
        if sentinel not in possible:
            possible = range(sentinel)
        for index in sorted(possible):  # in the order of the list
            if index != sentinel:
                hits.extend(recognizers[index].hits(view))
    return hits
