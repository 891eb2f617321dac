"""Ask every active budget for more than it has, and say whether it refuses."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from routerproject.shared.money import usd_text
from usage import proof
from usage.models import Budget


class Command(BaseCommand):
    help = (
        "Prove that every active budget refuses what passes its cap; exit with 1 if one does not."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        proofs = [proof.prove(row) for row in Budget.objects.filter(is_active=True).order_by("id")]
        for each in proofs:
            word = "holds" if each.is_sound else "DOES NOT HOLD"
            self.stdout.write(
                f"{each.budget}: {word}; used ${usd_text(each.used)} of ${usd_text(each.cap)}"
            )
        if failed := sum(not each.is_sound for each in proofs):
            raise CommandError(f"{failed} of {len(proofs)} budgets do not refuse.")
        self.stdout.write(f"{len(proofs)} budgets refuse what passes their caps")
