"""Field names that decide: what a JSON member, form field or column of that name holds."""

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any, Final

from phi.detect.recognizer import Hit, compiled
from phi.detect.view import View

_NAMES: dict[tuple[str, str], str] = {
    ("name", "NAME"): (
        "family given familyname givenname firstname lastname middlename surname fullname forename "
        "patientname maidenname preferredname membername subscribername mothersname ptname "
        "mothermaidenname lastnamefirst namelast namefirst lname fname mname lastfirst "
        "emergencycontactname providername physicianname guardianname contactname guarantorname "
        "insuredname nextofkin legalname nickname employername employer attending "
        "attendingprovider "
        "referringprovider primarycareprovider pcp orderingprovider emergencycontact guarantor "
        "clinician physician patientlastname patientfirstname"
    ),
    ("date", "DATE"): (
        "birthdate dob dateofbirth deceaseddatetime birthday deathdate dateofdeath admitdate "
        "dischargedate admissiondate visitdate servicedate dateofservice appointmentdate birthtime "
        "dod dos admissiondatetime dischargedatetime encounterdate collectiondate patientdob"
    ),
    ("phone", "PHONE"): (
        "phone phonenumber telephone mobile cell homephone workphone mobilephone cellphone telecom "
        "contactphone phones emergencyphone tel telephonenumber phoneno mobileno contactnumber"
    ),
    ("fax", "FAX"): "fax faxnumber faxno",
    ("email", "EMAIL"): "email emailaddress mail contactemail emailid",
    ("ssn", "SSN"): "ssn socialsecuritynumber socialsecurity ssnumber socialsecurityno ssnlast4 ss",
    ("mrn", "MRN"): (
        "mrn medicalrecordnumber medicalrecord patientid patientidentifier chartnumber medrec ptid "
        "medicalrecordno patientno patientnumber empi mpi chartno medrecno urn personid patid"
    ),
    ("health_plan", "PLAN"): (
        "memberid subscriberid insurancememberid insuranceid policynumber groupnumber planid "
        "medicareid medicaidid mbi hicn beneficiaryid policyid policyno groupid groupno memberno "
        "membernumber subscribernumber insuranceno insurancenumber"
    ),
    ("account", "ACCT"): (
        "accountnumber accountno patientaccount cardnumber iban bankaccount acct acctno acctnumber "
        "patientaccountnumber har csn visitnumber encounternumber encounterid visitid visitno fin "
        "invoicenumber claimnumber claimid claimno"
    ),
    ("license", "LIC"): (
        "licensenumber driverslicense npi dea deanumber passport passportnumber driverlicense "
        "driverslicensenumber driverlicenseno licenseno dlnumber providernpi npinumber"
    ),
    ("vehicle", "VEH"): "vin licenseplate plate platenumber vehicleid licenseplatenumber",
    ("device", "DEVICE"): (
        "serialnumber deviceid deviceserial udi macaddress imei deviceserialnumber serialno "
        "deviceidentifier udicarrier"
    ),
    ("ip", "IP"): "ipaddress clientip remoteaddr ipaddr sourceip client remoteip xforwardedfor",
    ("address", "ADDR"): (
        "street streetaddress address addressline addressline1 addressline2 line city town county "
        "zip zipcode postalcode district homeaddress mailingaddress addr addr1 addr2 address1 "
        "address2 street1 street2 streetline postcode addresstext suburb village parish"
    ),
    ("biometric", "BIO"): "fingerprint voiceprint fingerprintid retinascan irisscan faceprint",
    ("other", "ID"): (
        "identifier portalusername username patientusername userid loginname login portaluser "
        "accessionnumber accession accessionno studyinstanceuid seriesinstanceuid sopinstanceuid "
        "subjectid participantid studyid specimenid caseid casenumber caseno referralnumber "
        "employeeid studentid badge badgenumber"
    ),
}
DECIDING_FIELDS: dict[str, tuple[str, str]] = {
    name: decided for decided, names in _NAMES.items() for name in names.split()
}
PEOPLE: Final = frozenset(
    """
    patient subject performer author practitioner individual generalpractitioner recorder asserter
    requester contact relatedperson sender recipient provider doctor physician nurse clinician pcp
    guarantor insured subscriber emergencycontact nextofkin guardian spouse mother father child
    beneficiary policyholder attending referring surgeon attester orderingprovider resident member
    person client user participant interpreter caregiver collector payee custodianperson
    """.split()  # noqa: SIM905 - words read better as text
)
_LEADS = re.compile(
    r"(?:patients?|pt|client|member|subscriber|guarantor|insured|emergencycontact|emergency|contact|"
    r"home|work|mobile|primary|secondary|mailing|billing|nextofkin|nok|spouse|provider|physician|"
    r"person|user|customer|current|legal|permanent|residential|shipping|alternate|alt|full|his|her|"
    r"the|your|my|relative|parent|mother|father|guardian|pcp|employer|attending|referring|daytime|"
    r"evening|cell|preferred|other|old|new|previous|main)(?=[a-z])"
)
_TAILS = re.compile(r"(?:number|no|num|value|text|str|display|[0-9])\Z")
_NOT_WORDS = re.compile(r"[^A-Za-z0-9]")
_PERSON_ENDS = ("name", "display", "fullname")
# Names that are somebody's only beside a birth date, a phone number and the like.
AMBIGUOUS: Final = frozenset({"name", "patient", "client", "resident", "displayname", "person"})
PERSONAL: Final = frozenset({"date", "phone", "email", "ssn", "mrn", "address", "health_plan"})


def decided_by(field: str) -> tuple[str, str] | None:
    """Return category and token type of what stands in a field of this name, if that is certain."""
    return None if len(field) > 60 else _decided(field)


@lru_cache(maxsize=4096)
def _decided(field: str) -> tuple[str, str] | None:
    bare = plain_name(field)
    for _ in range(3):
        found = DECIDING_FIELDS.get(bare)
        if found:
            return found
        for end in _PERSON_ENDS:
            if bare.endswith(end) and bare.removesuffix(end) in PEOPLE:
                return "name", "NAME"
        if bare.endswith("reference") and bare.removesuffix("reference") in PEOPLE:
            return "other", "ID"
        shorter = _LEADS.sub("", bare, count=1) if _LEADS.match(bare) else _TAILS.sub("", bare)
        if shorter == bare or len(shorter) < 3:
            return None
        bare = shorter
    return DECIDING_FIELDS.get(bare)


def plain_name(field: str) -> str:
    """Return a field name in lower case without its separators."""
    return _NOT_WORDS.sub("", field).lower()


_TITLE = re.compile(r"(?:Dr|Mr|Mrs|Ms|Miss|Prof|Rev)\b\.? +", re.IGNORECASE)
_CREDENTIALS = re.compile(r",? +(?:M\.?D|D\.?O|R\.?N|N\.?P|PA-C|PA|PhD|DDS|FNP|LCSW|PharmD)\.?\Z")


def name_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span of a name without the title before and the credentials behind it."""
    title = _TITLE.match(text, start, end)
    if title:
        start = title.end()
    credentials = _CREDENTIALS.search(text, start, end)
    return start, credentials.start() if credentials else end


def whole_value(view: View, lead: int, category: str, kind: str) -> Hit | None:
    """Return the hit over the value behind the first `lead` characters, if anything is there."""
    text = view.text
    start = lead + len(text[lead:]) - len(text[lead:].lstrip())
    end = len(text.rstrip())
    value = text[start:end]
    if len(value) < 2 or not any(map(str.isalnum, value)) or value.lower() in EMPTY_VALUES:
        return None
    if kind == "PHONE" and "@" in value:
        category, kind = "email", "EMAIL"
    if kind == "NAME":
        start, end = name_span(text, start, end)
    return Hit(start, end, category, kind, "field", 1.0)


EMPTY_VALUES: Final = frozenset(
    {"unknown", "none", "null", "n/a", "na", "not provided", "yes", "no", "true", "false", "nil"}
    | {"phone", "email", "fax", "home", "work", "mobile", "string", "date", "string | null", "-"}
    | {"redacted", "tbd", "pending", "same", "self", "declined", "refused", "unspecified", "other"}
    | {"male", "female", "usa", "us", "?", "$1", "%s", "denies", "not", "see"}
)


class JsonMembers:
    """Members of JSON inside a text, whole or broken: strings, numbers, arrays of strings."""

    name = "field"
    category = "name"
    pattern = (
        r"[\"']([A-Za-z][A-Za-z0-9 _-]*)\\?[\"']\s*:\s*"
        r"(\[\s*\\?[\"'][^\[\]{}]*\]|\[?\s*\\?[\"'][^\"'\\\r\n]+|\d[\d.]+)"
    )
    _item = re.compile(r"[\"']([^\"'\\\r\n]+)|^(\d[\d.]+)")

    @cached_property
    def program(self) -> Any:
        return compiled(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        for match in self.program.finditer(view.octets):
            decided = decided_by(match.group(1).decode("latin-1"))
            if decided is None:
                continue
            at, text = match.start(2), view.text[match.start(2) : match.end(2)]
            for item in self._item.finditer(text):
                group = 1 if item[1] else 2
                value = item[group]
                if len(value.strip()) > 1 and value.strip().lower() not in EMPTY_VALUES:
                    span = item.span(group)
                    start, end = name_span(text, *span) if decided[1] == "NAME" else span
                    yield Hit(at + start, at + end, *decided, "field", 1.0)


MEMBERS = JsonMembers()
