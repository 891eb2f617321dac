"""What the usage summary takes as a filter, and what it refuses by name."""

import pytest

from tests.gateway_server import Pms

pytestmark = [pytest.mark.service]

SUMMARY = "/api/v1/usage/summary"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("from", "0001-01-01"),
        ("from", "1999-12-31T23:59:59Z"),
        ("from", "2100-01-02"),
        ("to", "9999-12-31T23:59:59"),
        ("to", "0001-01-01T00:00:00+14:00"),
        ("to", "9999-12-31T23:59:59-14:00"),
        ("to", "2026-02-30"),
        ("tier", "a\0b"),
        ("task_type", "\0"),
        ("client", "pms\0"),
        ("session_id", "s\0"),
        ("case_id", "c" * 129),
        ("tenant", "t" * 10_000),
    ],
)
def test_filter_that_cannot_be_meant_is_refused_by_name(pms: Pms, name: str, value: str):
    reply = pms.get(SUMMARY, **{name: value})
    assert (reply.status, reply.problem) == (400, "invalid-request")
    assert reply.body["field"] == name
    assert value not in str(reply.body)


def test_every_moment_of_this_century_is_taken(pms: Pms):
    span = {"from": "2000-01-01", "to": "2100-01-01T00:00:00Z"}
    reply = pms.get(SUMMARY, tier="none", session_id="s" * 128, **span)
    assert (reply.status, reply.body["requests"]) == (200, 0)
