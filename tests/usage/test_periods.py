"""When a budget's period begins and ends: daylight saving, leap days and short months."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usage.periods import EPOCH, bounds

NEW_YORK = "America/New_York"
ZONES = (NEW_YORK, "UTC", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("kind", "zone", "moment", "start", "end", "why"),
    [
        ("hour", NEW_YORK, "2026-11-01T05:59:59", "2026-11-01T05:00", "2026-11-01T06:00", "1:59"),
        ("hour", NEW_YORK, "2026-11-01T06:00:00", "2026-11-01T06:00", "2026-11-01T07:00", "again"),
        ("hour", "Asia/Kathmandu", "2026-05-01T00:20", "2026-05-01T00:00", "2026-05-01T01:00", "+"),
        ("day", NEW_YORK, "2026-03-08T12:00", "2026-03-08T05:00", "2026-03-09T04:00", "23 hours"),
        ("day", NEW_YORK, "2026-11-01T12:00", "2026-11-01T04:00", "2026-11-02T05:00", "25 hours"),
        ("day", NEW_YORK, "2026-03-08T04:59", "2026-03-07T05:00", "2026-03-08T05:00", "the eve"),
        ("day", "UTC", "2028-02-29T23:59", "2028-02-29T00:00", "2028-03-01T00:00", "leap day"),
        ("day", "UTC", "2100-02-28T23:59", "2100-02-28T00:00", "2100-03-01T00:00", "no leap year"),
        (
            "day",
            "America/Sao_Paulo",
            "2018-11-04T05:00",
            "2018-11-04T03:00",
            "2018-11-05T02:00",
            "0h",
        ),
        (
            "day",
            "Atlantic/Azores",
            "2026-10-25T01:30",
            "2026-10-25T00:00",
            "2026-10-26T01:00",
            "two midnights",
        ),
        ("week", NEW_YORK, "2026-03-08T12:00", "2026-03-02T05:00", "2026-03-09T04:00", "Sunday"),
        ("week", NEW_YORK, "2026-03-09T04:00", "2026-03-09T04:00", "2026-03-16T04:00", "Monday"),
        ("week", "UTC", "2026-01-01T00:00", "2025-12-29T00:00", "2026-01-05T00:00", "over a year"),
        ("month", "UTC", "2028-02-29T12:00", "2028-02-01T00:00", "2028-03-01T00:00", "29 days"),
        ("month", "UTC", "2026-01-31T23:59", "2026-01-01T00:00", "2026-02-01T00:00", "day 31"),
        ("month", "UTC", "2026-12-31T23:59", "2026-12-01T00:00", "2027-01-01T00:00", "year's end"),
        ("month", NEW_YORK, "2026-03-31T12:00", "2026-03-01T05:00", "2026-04-01T04:00", "spring"),
        ("month", NEW_YORK, "2026-12-01T04:59", "2026-11-01T04:00", "2026-12-01T05:00", "by zone"),
    ],
)
def test_period_of_a_moment(kind, zone, moment, start, end, why):
    assert bounds(kind, zone, at(moment)) == (at(start), at(end)), why


def test_total_never_ends():
    assert bounds("total", NEW_YORK, at("2026-03-08T12:00")) == (EPOCH, None)


@given(
    kind=st.sampled_from(["hour", "day", "week", "month"]),
    zone=st.sampled_from(ZONES),
    moment=st.datetimes(
        min_value=at("2000-01-01").replace(tzinfo=None),
        max_value=at("2099-12-31").replace(tzinfo=None),
        timezones=st.just(UTC),
    ),
)
def test_periods_follow_each_other_without_a_gap(kind, zone, moment):
    """Each moment lies in its period, every moment of which has the same one; the next joins on."""
    start, end = bounds(kind, zone, moment)
    assert end is not None
    assert start <= moment < end
    assert bounds(kind, zone, start) == (start, end)
    assert bounds(kind, zone, end - timedelta(microseconds=1)) == (start, end)
    assert bounds(kind, zone, end)[0] == end
    assert bounds(kind, zone, start - timedelta(microseconds=1))[1] == start
