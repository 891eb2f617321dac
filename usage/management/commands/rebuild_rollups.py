"""Make the hourly roll-ups of a time anew from the requests and calls they were made of."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_date, parse_datetime

from routerproject.shared import clock
from usage.rollups import upkeep
from usage.rollups.coverage import hour_of

SHOWN_EVERY = 24  # hours


class Command(BaseCommand):
    help = "Make hourly roll-ups anew from the rows; without a time, all of them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="first", help="ISO 8601 date or date-time, UTC.")
        parser.add_argument("--to", dest="end", help="ISO 8601 date or date-time, UTC; exclusive.")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        end = _moment("--to", options["end"]) or now
        earliest = upkeep.earliest_hour() or now
        first = _moment("--from", options["first"]) or earliest
        if first >= end:
            raise CommandError("--from must lie before --to.")
        old = upkeep.covered()  # what is made on the way there is not made twice
        self._reach(now, max(first, earliest))
        self._rebuild(max(hour_of(first), old[0]), min(end, old[1]))

    def _reach(self, now: datetime, first: datetime) -> None:
        """Have roll-ups of all hours from the first one on, before they are made anew."""
        upkeep.keep_up(now, waits=True)
        while upkeep.is_behind(now):
            self._say(upkeep.keep_up(now, waits=True), "that had ended or changed")
        while made := upkeep.fill_back(now, hour_of(first), waits=True):
            self._say(made, "that were not there")

    def _say(self, hours: int | None, which: str) -> None:
        self.stdout.write(f"{hours} hours {which}")

    def _rebuild(self, first: datetime, end: datetime) -> None:
        hours = rows = 0
        for hour, made in upkeep.rebuild(first, end):
            hours, rows = hours + 1, rows + made
            if hours % SHOWN_EVERY == 0:
                self.stdout.write(f"through {hour:%Y-%m-%d %H:%M}: {hours} hours, {rows} rows")
        self.stdout.write(f"{hours} hours made anew, {rows} rows")


def _moment(name: str, text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = parse_datetime(text)
        if moment is None and (day := parse_date(text)):
            moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"{name} must be an ISO 8601 date or date-time.")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
