"""Records as a PMS really sends them: half empty, of odd types, in other alphabets."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phi.known import PATIENT_MEMBERS, identifiers_of
from phi.patient_index import PatientIndex
from phi.pms import checked
from phi.sanitize import sanitize_text
from phi.types import PhiPolicy

POLICY = PhiPolicy("test", 1)
TEXT = "Ann Bell, 12/45/9999, phone 555-0177"
ODD = st.sampled_from(
    [
        *(
            None,
            True,
            0,
            -1,
            7.5,
            1e300,
            10**30,
            "",
            " ",
            "-",
            "Mr.",
            "()",
            "x@",
            "@",
            "0000-00-00",
        ),
        *("12/45/9999", "\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7", "9" * 500, "\u202e", "\x00"),
    ]
)
VALUES = st.recursive(
    ODD,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["first", "last", "name", "street", "npi", ""]), inner)
    ),
    max_leaves=4,
)


@pytest.mark.parametrize("empty", ["", "  ", {}, [], ",", "()"])
@pytest.mark.parametrize("member", ["emergency_contact", "pcp", "address", "employer", "phone"])
def test_an_empty_member_is_as_good_as_none(member: str, empty: Any) -> None:
    record = checked({"id": "p-1", "name": "Ann Bell", member: empty})
    assert record is not None
    assert _told(record) == "PHI_NAME"


@given(st.dictionaries(st.sampled_from(sorted(PATIENT_MEMBERS)), VALUES, max_size=5))
def test_whatever_a_record_holds_its_patient_is_found(odd: dict[str, Any]) -> None:
    record = checked({**odd, "id": "p-1", "name": "Ann Bell"})
    if record is not None:
        PatientIndex().add(identifiers_of([record]))
        assert _told(record) == "PHI_NAME"


def _told(record: Any) -> str:
    known = identifiers_of([record])
    return sanitize_text(TEXT, known=known, policy=POLICY, key=bytes(32))[0][:8]
