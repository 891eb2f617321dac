"""A small patient records API under /pms/, with invented patients that are the same each time.

    GET /pms/patients/{id}      one record; 404 for an unknown id
    GET /pms/patients           `limit` (1 to 1,000), `cursor`, `since` (ISO 8601)

Any bearer token opens it. The names come from two lists, the numbers from ranges that are kept for
fiction (555-01xx telephone numbers, example.com, area 900 and above is no social security number).
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from routing.sandbox.anthropic_dialect import api_key, query
from routing.sandbox.calls import Answer, Call, as_json
from routing.sandbox.problems import Problem, invalid, not_found
from routing.sandbox.state import State

PREFIX = "/pms/"
LARGEST_PAGE = 1_000
FIRST = tuple(
    """
    Maria Theodora Osvaldo Winifred Kazimir Rosalind Ezekiel Henrietta Leopold Marisol Cornelius
    Philippa Anselm Guadalupe Thaddeus Beatrix Ignatius Seraphina Bartholomew Yolanda Gideon
    Clementine Rafael Odette Mortimer Araceli Lysander Wilhelmina Demetrius Ximena Barnaby Isolde
    """.split()  # noqa: SIM905 - words read better as text
)
LAST = tuple(
    """
    Alvarez Pemberwick Zaragoza Thistlewood Okonkwo Vandermeer Castellanos Brzezinski Hathersage
    Quintanilla Oyelaran Lindqvist Fairweather Mbeki Papadakis Ravensworth Ibarra Szymanski
    Tillinghast Nakagawa Dunwoody Echeverria Kowalczyk Abernathy Villanueva Featherstone Ostrowski
    Halloran Montemayor Greenhalgh Wojciechowski
    """.split()  # noqa: SIM905 - words read better as text
)
STREETS = ("Alder Court", "Birchwood Lane", "Cedar Street", "Dogwood Drive", "Elm Avenue")
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def answer(state: State, call: Call) -> Answer:
    """Answer a call of a program that looks up patients."""
    try:
        return _route(state, call)
    except Problem as problem:
        return as_json({"error": problem.message}, problem.status)


def _route(state: State, call: Call) -> Answer:
    api_key(call)
    if call.method != "GET":
        raise Problem(405, "only GET")
    _, _, patient_id = call.path.removeprefix(PREFIX).partition("/")
    if call.path == "/pms/patients":
        return _list(state.options.patients, query(call))
    if call.path.startswith("/pms/patients/"):
        return as_json(_by_id(state.options.patients, unquote(patient_id)))
    raise not_found("Not found")


def _list(count: int, asked: dict[str, str]) -> Answer:
    limit = min(_number(asked, "limit", LARGEST_PAGE), LARGEST_PAGE)
    start = _number(asked, "cursor", 0)
    since = _moment(asked.get("since"))
    found: list[dict[str, Any]] = []
    number = start
    while number < count and len(found) < max(limit, 1):
        if since is None or _changed(number) > since:
            found.append(patient(number))
        number += 1
    return as_json({"patients": found, "next_cursor": str(number) if number < count else None})


def _by_id(count: int, patient_id: str) -> dict[str, Any]:
    kind, _, figures = patient_id.partition("-")
    number = int(figures) - 1001 if kind == "pat" and figures.isdecimal() else -1
    if not 0 <= number < count or patient(number)["id"] != patient_id:
        raise not_found("no such patient")
    return patient(number)


@lru_cache(maxsize=2_000)
def patient(number: int) -> dict[str, Any]:
    """Return the record of a patient, a pure function of the number."""
    first = FIRST[number % len(FIRST)]
    last = LAST[(number // len(FIRST) + number * 7) % len(LAST)]
    mixed = (number * 7_919 + 482_913) % 100_000_000
    day = datetime(1935, 1, 1, tzinfo=UTC) + timedelta(days=(number * 977 + 11_789) % 31_000)
    return {
        "id": f"pat-{number + 1001}",
        "name": {"first": first, "last": last},
        "birth_date": f"{day:%Y-%m-%d}",
        "sex": ("female", "male")[number % 2],
        "mrn": f"{mixed:08d}",
        "phone": f"({200 + number % 700}) 555-01{number // 700 % 100:02d}",
        "email": f"{first}.{last}{number + 1001}@example.com".lower(),
        "address": {
            "street": f"{number % 900 + 12} {STREETS[number % len(STREETS)]}",
            "city": "Springfield",
            "state": "IL",
            "zip": f"62{number % 1000:03d}",
        },
        "insurance_member_id": f"ZQX{(mixed * 31 + 7) % 1_000_000_000:09d}",
        "updated_at": _changed(number).isoformat(),
    }


def _changed(number: int) -> datetime:
    return _EPOCH + timedelta(minutes=number % 100_000)


def _number(asked: dict[str, str], name: str, otherwise: int) -> int:
    text = asked.get(name, "")
    if not text:
        return otherwise
    if not text.isdecimal():
        raise invalid(f"{name}: must be a whole number from 0")
    return int(text)


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid("since: must be an ISO 8601 moment") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
