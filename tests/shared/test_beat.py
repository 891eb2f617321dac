"""What recurs goes on when the machine's clock is set back."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from routerproject.beat import SteadyScheduler

SECONDS = 10.0
DAY = timedelta(days=1)


class Sending(SteadyScheduler):
    """A scheduler that notes what it sends instead of asking a broker."""

    sent: list[str]

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        self.sent.append(entry.name)


@pytest.fixture
def beat(tmp_path: Path) -> Iterator[Sending]:
    app = Celery("beat", broker="memory://", set_as_current=False)
    app.conf.beat_schedule = {
        name: {"task": "nothing", "schedule": SECONDS} for name in ("sweep", "sign")
    }
    found = Sending(app, schedule_filename=str(tmp_path / "schedule"))
    found.sent = []
    yield found
    found.close()


def test_the_schedule_goes_on_when_the_clock_is_set_back_a_day(beat: Sending):
    for entry in beat.schedule.values():  # as the clock of before had it
        entry.last_run_at = entry.default_now() + DAY
    assert beat.tick() <= SECONDS
    assert beat.sent == []
    for entry in beat.schedule.values():
        entry.last_run_at = entry.default_now() - timedelta(seconds=2 * SECONDS)
    beat._heap = None  # the time that would have passed
    beat.tick()
    beat.tick()
    assert sorted(beat.sent) == ["sign", "sweep"]


def test_moments_of_the_old_clock_keep_no_entry_from_its_turn(beat: Sending):
    sweep, sign = (beat.schedule[name] for name in ("sweep", "sign"))
    beat.tick()
    sweep.last_run_at = sweep.default_now() + DAY
    sign.last_run_at = sign.default_now() - timedelta(seconds=2 * SECONDS)
    beat.tick()
    assert beat.sent == ["sign"]


def test_the_installation_uses_it(settings):
    assert settings.CELERY_BEAT_SCHEDULER == "routerproject.beat:SteadyScheduler"
