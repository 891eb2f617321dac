"""The people of a text, and the record that the clinic sends about its patient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from bench.phi import formats

LATEST = date(2026, 6, 30)
OLDEST = 103


@dataclass(frozen=True, slots=True)
class Habits:
    """How one author writes: name sources, patterns, vocabulary. # is a digit, ^ one from 2 to
    9, @ a letter."""

    women: Sequence[str]
    men: Sequence[str]
    family: Sequence[str]
    cities: Sequence[str]  # "Springfield, IL 62704"
    streets: Sequence[str]  # "12 Oak Street" with # for digits
    organizations: Sequence[str]  # "Mercy General| Hospital": after the bar the ordinary words
    employers: Sequence[str]
    full: Sequence[str] = ("{first} {last}",)
    dates: Sequence[str] = ("%m/%d/%Y",)
    birth_dates: Sequence[str] = ("%m/%d/%Y",)
    days: Sequence[str] = ("%-m/%-d",)  # without year
    phones: Sequence[str] = ("(^##) ^##-####",)
    mrns: Sequence[str] = ("########",)
    plans: Sequence[str] = ("@@@#########",)
    groups: Sequence[str] = ("######",)
    accounts: Sequence[str] = ("#########",)
    units: Sequence[str] = ("Apt #",)
    devices: Sequence[str] = ("@@@######@",)
    plates: Sequence[str] = ("@@@ ####",)
    licenses: Sequence[str] = ("@######",)
    mail_hosts: Sequence[str] = ("gmail.com", "yahoo.com")
    mail_names: Sequence[str] = ("{first}.{last}", "{f}{last}##", "{last}{first}")
    users: Sequence[str] = ("{f}{last}##",)
    nicknames: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)  # vocabulary, also frames


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with everything that identifies them."""

    sex: str  # F | M
    first: str
    middle: str
    last: str
    preferred: str
    birth: date
    street: str
    unit: str
    city: str
    state: str
    zip_code: str
    phone: str
    mobile: str
    fax: str
    email: str
    mrn: str
    ssn: str
    plan: str
    group: str
    account: str
    user: str
    device: str
    plate: str
    vin: str
    license: str
    npi: str
    dea: str
    ip: str
    card: str
    mbi: str

    @property
    def age(self) -> int:
        return (LATEST - self.birth).days * 4 // 1461


def person(
    rng: Random,
    habits: Habits,
    *,
    sex: str = "",
    youngest: int = 18,
    oldest: int | None = None,
) -> Person:
    """Return somebody as this author would have them; one in thirty is over 89."""
    sex = sex or rng.choice("FM")
    first, middle = (rng.choice(habits.women if sex == "F" else habits.men) for _ in range(2))
    last = rng.choice(habits.family)
    usual = OLDEST if youngest > 85 or rng.random() < 1 / 30 else 89
    birth = LATEST - timedelta(days=rng.randint(youngest * 366, (oldest or usual) * 365))
    city, _, rest = rng.choice(habits.cities).partition(", ")
    state, _, zip_code = rest.rpartition(" ")

    def written(patterns: Sequence[str]) -> str:
        return formats.figures(rng.choice(patterns), rng)

    def handle(patterns: Sequence[str]) -> str:
        made = rng.choice(patterns).format(
            first=_plain(first), last=_plain(last), f=_plain(first)[:1]
        )
        return formats.figures(made, rng)

    return Person(
        *(sex, first, middle, last, habits.nicknames.get(first, first), birth),
        street=written(habits.streets),
        unit=written(habits.units),
        city=city,
        state=state,
        zip_code=formats.figures(zip_code, rng),
        phone=written(habits.phones),
        mobile=written(habits.phones),
        fax=written(habits.phones),
        email=f"{handle(habits.mail_names)}@{rng.choice(habits.mail_hosts)}",
        mrn=written(habits.mrns),
        ssn=formats.ssn(rng),
        plan=written(habits.plans),
        group=written(habits.groups),
        account=written(habits.accounts),
        user=handle(habits.users),
        device=written(habits.devices),
        plate=written(habits.plates),
        vin=formats.vin(rng),
        license=written(habits.licenses),
        npi=formats.npi(rng),
        dea=formats.dea(rng, last),
        ip=".".join(str(rng.randint(11, 223)) for _ in range(4)),
        card=formats.card(rng),
        mbi=formats.mbi(rng),
    )


def _plain(name: str) -> str:
    return "".join(filter(str.isascii, filter(str.isalpha, name.lower()))) or "user"


@dataclass(frozen=True, slots=True)
class Known:
    """A `patient` object, and which of its fields were given."""

    record: Mapping[str, Any]
    fields: frozenset[str]


# What a PMS nearly always has, and what it often has not.
_ALWAYS = ("birth_date", "mrn", "phone", "address")
_OFTEN = ("ssn", "email", "insurance_member_id", "account_number", "portal_username", "mobile")


def record_of(
    rng: Random, patient: Person, contact: Person, physician: Person, employer: str
) -> Known:
    """Return what the clinic's system holds about a patient."""
    values: dict[str, Any] = {
        "birth_date": patient.birth.isoformat(),
        "mrn": patient.mrn,
        "phone": patient.phone,
        "address": {
            "street": patient.street,
            "city": patient.city,
            "state": patient.state,
            "zip": patient.zip_code,
        },
        "ssn": patient.ssn,
        "email": patient.email,
        "insurance_member_id": patient.plan,
        "account_number": patient.account,
        "portal_username": patient.user,
        "mobile": patient.mobile,
    }
    fields = {*_ALWAYS, *(name for name in _OFTEN if rng.random() < 0.8)}
    name = {"first": patient.first, "last": patient.last}
    if rng.random() < 0.7:
        name["middle"] = patient.middle
        fields.add("middle")
    if patient.preferred != patient.first and rng.random() < 0.6:
        name["preferred"] = patient.preferred
        fields.add("preferred")
    record: dict[str, Any] = {"name": name, "sex": {"F": "female", "M": "male"}[patient.sex]}
    record |= {key: value for key, value in values.items() if key in fields and key != "mobile"}
    if "mobile" in fields:
        record["phones"] = [patient.mobile]
    if rng.random() < 0.7:
        fields.add("contact")
        record["emergency_contact"] = {
            "name": f"{contact.first} {contact.last}",
            "phone": contact.phone,
        }
    if rng.random() < 0.7:
        fields.add("pcp")
        record["pcp"] = {"name": f"{physician.first} {physician.last}", "npi": physician.npi}
    if rng.random() < 0.5:
        fields.add("employer")
        record["employer"] = employer
    return Known(record, frozenset(fields))
