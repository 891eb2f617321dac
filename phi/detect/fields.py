"""Field names that decide: what a JSON member, form field or column of that name holds."""

import json
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from phi.detect.recognizer import Hit, compiled
from phi.detect.view import View, view_of

_NAMES: dict[tuple[str, str], str] = {
    ("name", "NAME"): (
        "family given familyname givenname firstname lastname middlename surname fullname "
        "patientname maidenname preferredname membername subscribername mothersname "
        "mothermaidenname "
        "emergencycontactname providername physicianname guardianname contactname fname lname "
        "guarantorname insuredname nextofkin legalname displayname nickname employername"
    ),
    ("date", "DATE"): (
        "birthdate dob dateofbirth deceaseddatetime birthday deathdate dateofdeath admitdate "
        "dischargedate admissiondate visitdate servicedate dateofservice appointmentdate"
    ),
    ("phone", "PHONE"): (
        "phone phonenumber telephone mobile cell homephone workphone mobilephone cellphone telecom "
        "contactphone phones emergencyphone"
    ),
    ("fax", "FAX"): "fax faxnumber",
    ("email", "EMAIL"): "email emailaddress mail contactemail",
    ("ssn", "SSN"): "ssn socialsecuritynumber socialsecurity ssnumber",
    ("mrn", "MRN"): "mrn medicalrecordnumber medicalrecord patientid patientidentifier chartnumber",
    ("health_plan", "PLAN"): (
        "memberid subscriberid insurancememberid insuranceid policynumber groupnumber planid "
        "medicareid medicaidid mbi hicn beneficiaryid"
    ),
    ("account", "ACCT"): "accountnumber accountno patientaccount cardnumber iban bankaccount",
    ("license", "LIC"): "licensenumber driverslicense npi dea deanumber passport passportnumber",
    ("vehicle", "VEH"): "vin licenseplate plate platenumber",
    ("device", "DEVICE"): "serialnumber deviceid deviceserial udi macaddress mac imei",
    ("ip", "IP"): "ipaddress clientip remoteaddr",
    ("address", "ADDR"): (
        "street streetaddress address addressline addressline1 addressline2 line city town county "
        "zip zipcode postalcode district homeaddress mailingaddress"
    ),
    ("other", "ID"): "identifier portalusername username patientusername fingerprint voiceprint",
}
DECIDING_FIELDS: dict[str, tuple[str, str]] = {
    name: decided for decided, names in _NAMES.items() for name in names.split()
}
_NOT_WORDS = re.compile(r"[^A-Za-z0-9]")


def decided_by(field: str) -> tuple[str, str] | None:
    """Return category and token type of what stands in a field of this name, if that is certain."""
    if len(field) > 40:
        return None
    return DECIDING_FIELDS.get(_NOT_WORDS.sub("", field).lower())


def whole_value(view: View, lead: int, category: str, kind: str) -> Hit | None:
    """Return the hit over the value behind the first `lead` characters, if anything is there."""
    text = view.text
    start = lead + len(text[lead:]) - len(text[lead:].lstrip())
    end = len(text.rstrip())
    value = text[start:end]
    if len(value) < 2 or not any(map(str.isalnum, value)) or value.lower() in _EMPTY_VALUES:
        return None
    if kind == "PHONE" and "@" in value:
        category, kind = "email", "EMAIL"
    return Hit(start, end, category, kind, "field", 1.0)


_EMPTY_VALUES = frozenset(
    {
        "unknown",
        "none",
        "null",
        "n/a",
        "na",
        "not provided",
        "yes",
        "no",
        "true",
        "false",
        "redacted",
    }
    | {"phone", "email", "fax", "home", "work", "mobile", "string", "date", "string | null"}
)


class JsonMembers:
    """Members of JSON inside a text, and columns of forms like `last_name=...`."""

    name = "field"
    category = "name"
    pattern = r"[\"']([A-Za-z][A-Za-z0-9 _-]*)\\?[\"']\s*:\s*\[?\s*\\?[\"']([^\"'\\\r\n]+)"

    @cached_property
    def program(self) -> Any:
        return compiled(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        for match in self.program.finditer(view.octets):
            decided = decided_by(match.group(1).decode("latin-1"))
            if decided is None:
                continue
            start, end = match.span(2)
            if view.text[start:end].strip().lower() not in _EMPTY_VALUES:
                yield Hit(start, end, *decided, self.name, 1.0)


MEMBERS = JsonMembers()


def hits_in_json(view: View) -> Iterator[Hit]:
    """Yield the values that member names decide in a text that is JSON as a whole."""
    if view.text.lstrip()[:1] not in {"{", "["}:
        return
    try:
        document = json.loads(view.original)
    except (ValueError, RecursionError):
        return
    for value, decided in set(_decided_values(document)):
        folded = view_of(value).text
        at = view.text.find(f'"{folded}"')
        while at >= 0:
            yield Hit(at + 1, at + 1 + len(folded), *decided, "field", 1.0)
            at = view.text.find(f'"{folded}"', at + 1)


def _decided_values(document: Any) -> Iterator[tuple[str, tuple[str, str]]]:
    stack: list[tuple[Any, str]] = [(document, "")]
    while stack:
        item, field = stack.pop()
        if isinstance(item, dict):
            stack.extend((value, _inner(field, name)) for name, value in item.items())
        elif isinstance(item, list):
            stack.extend((value, field) for value in item)
        elif isinstance(item, str) and len(item) > 1 and item.lower() not in _EMPTY_VALUES:
            decided = decided_by(field)
            if decided:
                yield item, decided


def _inner(field: str, name: str) -> str:
    """Return what decides inside a member: {"telecom": {"value": ...}} holds a telecom."""
    return field if name in {"value", "text"} else name
