"""Hold a provider's usage report of any size against a month, as its page does."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from routerproject.shared import clock
from routerproject.shared.figures import exact_usd
from usage import bill_rows
from usage.bill_rows import BadReport
from usage.closing import months, report
from usage.closing.comparing import IsClosed
from usage.closing.months import Month
from usage.models import Bill, BillDifference, Provider

SHOWN = 20  # differences
SAID_EVERY = 200_000  # rows


class Command(BaseCommand):
    help = "Hold a usage report (CSV) of any size against a month; all of it or nothing is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("report", type=Path)
        parser.add_argument("--month", required=True, help="YYYY-MM, UTC")
        parser.add_argument("--provider", required=True, help="the provider's slug")
        parser.add_argument("--by", required=True, help="who compares: a user who may close months")

    def handle(
        self, *args: Any, report: Path, month: str, provider: str, by: str, **options: Any
    ) -> None:
        found = months.parse(month)
        if found is None:
            raise CommandError(f"{month} is no month: write it as 2026-10.")
        if not Provider.objects.filter(slug=provider).exists():
            raise CommandError(f"There is no provider {provider}.")
        user = User.objects.filter(username=by, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no user {by}.")
        try:
            bill = self._compare(report, found, provider, user)
        except OSError as error:
            raise CommandError(f"The report cannot be read: {error.strerror}.") from None
        except (BadReport, IsClosed, PermissionDenied) as refused:
            raise CommandError(f"{refused} Nothing was changed.") from None
        self._show(bill)

    def _compare(self, path: Path, month: Month, provider: str, by: User) -> Bill:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return report.compare_report(
                bill_rows.rows(bill_rows.lines_of(file)),
                month=month,
                provider=provider,
                by=by,
                now=clock.now(),
                note=self._note,
            )

    def _note(self, rows: int) -> None:
        if rows % SAID_EVERY == 0:
            self.stdout.write(f"{rows:,} rows read")
            self.stdout.flush()

    def _show(self, bill: Bill) -> None:
        billed = "no amounts" if bill.billed_nano_usd is None else exact_usd(bill.billed_nano_usd)
        resolved = f"{bill.resolved:,} calls resolved"
        self.stdout.write(f"{bill.lines:,} rows ({billed}), {bill.equal:,} equal, {resolved}")
        for each in bill.differences.all()[:SHOWN]:
            self.stdout.write(_line(each))
        if number := bill.differences.count():
            raise CommandError(
                f"{number:,} differences: explain them on /usage/months/{bill.month:%Y-%m}/."
            )


def _line(each: BillDifference) -> str:
    row = f"row {each.row}: " if each.row else ""
    tokens = f"; {each.tokens}" if each.tokens else ""
    sums = f"; ledger {exact_usd(each.ours_nano_usd)}, bill {exact_usd(each.theirs_nano_usd)}"
    return f"{row}{each.get_kind_display()}: {each.reference}{sums}{tokens}"
