"""A number is looked at however it is written, and comes back as it was."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phi import egress
from phi.errors import EgressDenied, PhiBlocked
from phi.rehydrate import rehydrate
from phi.sanitize import sanitize
from tests.phi.cast import KEY, KNOWN, POLICY


@pytest.mark.parametrize(
    "context",
    [
        {"ssn": 123456789.0},
        {"n": 123456789.0},
        {"n": [-123456789.0]},
        {"n": 5552345678.0},
        {"n": 482913.0},
        {"mrn": 77182.5},
        {"n": 123456789},
    ],
    ids=str,
)
def test_a_number_that_identifies_is_replaced_and_restored(context: dict[str, Any]) -> None:
    document = {"messages": [], "context": context}
    safe = sanitize(document, known=KNOWN, policy=POLICY, key=KEY)
    assert len(safe.vault) == 1
    assert "PHI_" in json.dumps(safe.document)
    restored = rehydrate(safe.document, safe.vault)[0]
    assert orjson.dumps(restored) == orjson.dumps(document)


def test_both_spellings_of_a_number_are_one_identifier() -> None:
    document = {"messages": [], "context": {"a": 123456789.0, "b": 123456789, "c": "123-45-6789"}}
    safe = sanitize(document, known=KNOWN, policy=POLICY, key=KEY)
    assert safe.counts == {"ssn": 1}
    restored = rehydrate(safe.document, safe.vault)[0]
    assert orjson.dumps(restored) == orjson.dumps(document)


@pytest.mark.parametrize("value", [123456789.0, 5552345678.0, [482913, 123456789.0]])
def test_the_last_scan_reads_numbers_too(value: Any) -> None:
    with pytest.raises(EgressDenied):
        egress.scan(json.dumps({"n": value}).encode(), {}, known=KNOWN, policy=POLICY)


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**20), 10**20))
def test_any_number_comes_back(value: float) -> None:
    document = {"messages": [], "context": {"mrn": value, "dose": value}}
    safe = sanitize(document, known=KNOWN, policy=POLICY, key=KEY)
    restored = rehydrate(safe.document, safe.vault)[0]
    assert json.dumps(restored) == json.dumps(document)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_of_json_is_refused(value: float) -> None:
    with pytest.raises(PhiBlocked):
        sanitize({"messages": [], "context": value}, known=(), policy=POLICY, key=KEY)
