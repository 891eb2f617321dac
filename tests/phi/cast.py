"""The patients, policy and keys of these tests."""

from phi.known import identifiers_of
from phi.types import PhiPolicy

PATIENT = {
    "id": "p1",
    "name": {"first": "Robert", "middle": "Quentin", "last": "O'Neil-Garcia", "preferred": "Bob"},
    "birth_date": "1980-03-04",
    "sex": "male",
    "mrn": "00482913",
    "ssn": "123-45-6789",
    "phones": ["(555) 234-5678"],
    "email": "bob.garcia@example.com",
    "address": {"street": "12 Oak Street", "city": "Tallowmere", "state": "IL", "zip": "62704"},
    "insurance_member_id": "XQZ123456789",
    "account_number": "9981-2231",
    "portal_username": "bobbyg80",
    "employer": "Tannhauser Millworks",
    "emergency_contact": {"name": "Zelda Quist", "relationship": "wife", "phone": "555-777-1212"},
    "pcp": {"name": "Ferdinand Achterberg", "npi": "1234567893"},
    "other": {"locker": "LK-77-2"},
}
MAY = {"name": {"first": "Will", "last": "May"}}
KNOWN = identifiers_of([PATIENT])
POLICY = PhiPolicy(slug="test", version=1)
KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))


def message(text: str) -> dict[str, object]:
    """Return a request with one user message."""
    return {"messages": [{"role": "user", "content": text}]}
