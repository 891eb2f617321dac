"""Walk every audit chain and say whether it still is what was written."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from usage import anchors, verification


class Command(BaseCommand):
    help = "Verify every audit chain and the signed heads; exit with 1 if anything is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=100, help="Findings to print at most.")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"public key {anchors.public_key()}")
        chains = verification.chains()
        self.stdout.write(f"{verification.entries()} entries in {len(chains)} chains")
        found = sum(self._walk(tenant_id, options["limit"]) for tenant_id in chains)
        if found:
            raise CommandError(f"{found} findings: the audit trail is not what was written.")
        self.stdout.write("the audit trail is whole")

    def _walk(self, tenant_id: int, limit: int) -> int:
        """Print what is wrong with one chain and return how many findings there are."""
        breaks = list(verification.verify(tenant_id))
        self.stdout.write(f"tenant {tenant_id}: {len(breaks)} findings")
        for each in breaks[:limit]:
            self.stdout.write(f"  entry {each.seq} {each.what}")
        return len(breaks)
