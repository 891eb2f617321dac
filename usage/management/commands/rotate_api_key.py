"""Replace an API key; the old one works on for a while."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from usage import accounts
from usage.management.commands.revoke_api_key import find_key


class Command(BaseCommand):
    help = "Make the successor of an API key and print it, once, on the last line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("prefix", help="The eight characters after cmr_.")
        parser.add_argument(
            "--overlap-hours", type=int, default=168, help="Hours for which the old key works on."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["overlap_hours"] < 0:
            raise CommandError("--overlap-hours must not be negative.")
        overlap = timedelta(hours=options["overlap_hours"])
        try:
            new = accounts.rotate_key(key=find_key(options["prefix"]), by=None, overlap=overlap)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(new.text)
