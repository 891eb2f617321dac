"""Compare the prices of live models with a public list."""

from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from routerproject.shared import clock
from usage import configuration, price_check
from usage.price_check import Difference, ListNotInstalled


class Command(BaseCommand):
    help = "Compare prices with genai-prices (optional package); exit with 1 if any differs."

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        try:
            found = price_check.check(configuration.load_catalog(), now)
        except ListNotInstalled as missing:
            raise CommandError(str(missing)) from None
        for model_id in found.unlisted:
            self.stdout.write(f"{model_id}: not in the list")
        for each in found.differences:
            self.stdout.write(_line(each))
        if found.differences:
            raise CommandError(f"{len(found.differences)} prices differ on {now:%Y-%m-%d}.")
        self.stdout.write(f"{found.compared} models agree with the list on {now:%Y-%m-%d}")


def _line(each: Difference) -> str:
    where = f" above {each.above_tokens} tokens" if each.above_tokens else ""
    return (
        f"{each.model_id}: {each.kind}{where} {_usd(each.ours)} since {each.since:%Y-%m-%d},"
        f" the list has {_usd(each.listed)}"
    )


def _usd(amount: Decimal | None) -> str:
    return "nothing" if amount is None else f"${amount.normalize():f}"
