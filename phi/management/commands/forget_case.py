"""Destroy the key of a case: what was tokenized or sealed under it means nothing any more."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from phi import case_keys
from usage import accounts

NAMED_BY = {"case": "case_id", "session": "session_id", "user": "metadata.user_id"}


class Command(BaseCommand):
    help = "Forget a case: its key is destroyed for good, and the audit trail still verifies."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="Slug of the tenant.")
        named = parser.add_mutually_exclusive_group(required=True)
        for name, field in NAMED_BY.items():
            named.add_argument(f"--{name}", help=f"The {field} that its requests came with.")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant_id = accounts.tenant_id_of(options["tenant"])
        if tenant_id is None:
            raise CommandError(f"There is no tenant {options['tenant']}.")
        kind = next(name for name in NAMED_BY if options[name] is not None)
        if not case_keys.destroy(tenant_id, f"{kind}:{options[kind]}", by="command line"):
            raise CommandError(f"This {kind} has no key: never used, or forgotten already.")
        self.stdout.write("forgotten; running processes let go of the key within 60 seconds")
