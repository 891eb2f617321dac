"""Refuse an API key from now on."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from usage import accounts
from usage.models import ApiKey


class Command(BaseCommand):
    help = "Revoke an API key, named by its prefix: the eight characters after cmr_."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("prefix", help="The eight characters after cmr_.")

    def handle(self, *args: Any, **options: Any) -> None:
        row = accounts.revoke_key(key=find_key(options["prefix"]), by=None)
        self.stdout.write(f"revoked {row} at {row.revoked_at:%Y-%m-%d %H:%M:%S} UTC")


def find_key(prefix: str) -> ApiKey:
    """Return the key of a prefix, or stop with one sentence."""
    key = ApiKey.objects.filter(prefix=prefix).first()
    if key is None:
        raise CommandError("There is no key with this prefix.")
    return key
