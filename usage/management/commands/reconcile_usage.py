"""Hold the ledger against a provider's usage report, and clear up the unknown calls it proves."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from routerproject.shared import clock
from usage import bill_rows, buckets
from usage.bill_rows import BadReport, Bucket
from usage.buckets import Found
from usage.models import Provider

MOST_BYTES = 50_000_000


class Command(BaseCommand):
    help = "Compare a usage report (CSV) with the ledger; with --post, resolve what it proves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("report", type=Path)
        parser.add_argument("--provider", required=True, help="the provider's slug")
        parser.add_argument("--post", action="store_true", help="else nothing is changed")

    def handle(self, *args: Any, report: Path, provider: str, post: bool, **options: Any) -> None:
        if not Provider.objects.filter(slug=provider).exists():
            raise CommandError(f"There is no provider {provider}.")
        found = buckets.clear_up(
            _read(report), provider=provider, now=clock.now(), is_trial=not post
        )
        for each in found:
            self.stdout.write(_line(each))
        self.stdout.write(f"{sum(each.resolved for each in found)} calls resolved")
        if differing := sum(each.word == "differs" for each in found):
            raise CommandError(f"{differing} of {len(found)} buckets differ.")


def _read(report: Path) -> list[Bucket]:
    try:
        if report.stat().st_size > MOST_BYTES:
            raise CommandError("The report is too large: send it in parts.")
        with report.open(newline="", encoding="utf-8-sig") as lines:
            return bill_rows.read(bill_rows.lines_of(lines))
    except OSError as error:
        raise CommandError(f"The report cannot be read: {error.strerror}.") from None
    except BadReport as error:
        raise CommandError(str(error)) from None


def _line(each: Found) -> str:
    kinds = zip(bill_rows.COLUMNS.values(), each.more, strict=True)
    more = ", ".join(f"{kind} {count:+}" for kind, count in kinds if count)
    return (
        f"{each.bucket.model} {each.bucket.start.isoformat()}: {each.word};"
        f" unknown {each.unknown}, resolved {each.resolved}" + (f"; {more}" if more else "")
    )
