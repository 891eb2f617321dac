"""Let a person try to sign in again at once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from usage import sign_in


class Command(BaseCommand):
    help = "Forget the wrong passwords that were tried with a name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="The name under which the person signs in.")

    def handle(self, *args: Any, **options: Any) -> None:
        was_there = sign_in.allow(options["name"])
        self.stdout.write("They may try again." if was_there else "Nothing was in the way.")
