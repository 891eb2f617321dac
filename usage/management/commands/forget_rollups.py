"""Drop the months of hourly roll-ups that are no longer kept, now and not once a day."""

from typing import Any

from django.core.management.base import BaseCommand

from routerproject.shared import clock
from usage.rollups import upkeep


class Command(BaseCommand):
    help = "Drop hourly roll-ups older than KEEP_ROLLUPS_MONTHS; requests and calls stay."

    def handle(self, *args: Any, **options: Any) -> None:
        before = upkeep.horizon(clock.now())
        tables = upkeep.forget(before)
        self.stdout.write(f"{tables} tables of months before {before:%Y-%m} dropped")
