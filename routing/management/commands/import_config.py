"""Say what a YAML document would change of the installation, or change it."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from routerproject.shared.yaml_text import MOST_CHARACTERS, RefusedDocument
from routing.exchange import document
from routing.exchange.document import ConfigurationMoved, Plan

STANDARD_INPUT = "-"


class Command(BaseCommand):
    help = "Say what a YAML document would change (--plan), or change it (--apply)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="The document; -: standard input.")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--plan", action="store_true", help="Change nothing. The default.")
        what.add_argument("--apply", action="store_true", help="Catalog at once, rest as drafts.")
        parser.add_argument(
            "--follows",
            type=int,
            metavar="N",
            help="With --apply: only while configuration N, which the plan named, is current.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        text = _text_of(options["file"])
        try:
            if options["apply"]:
                done = document.apply(text, by=None, follows=options["follows"])
            else:
                done = document.plan(text)
        except (RefusedDocument, ConfigurationMoved, PermissionDenied) as refused:
            raise CommandError(str(refused)) from None
        self._tell(done, is_done=options["apply"])

    def _tell(self, found: Plan, *, is_done: bool) -> None:
        for each in found.differences:
            self.stdout.write(f"{each.what}: {each.field}: {each.now} -> {each.then}")
        if found.others:
            others = len(found.others)
            self.stdout.write(f"{others} rows of these sections are not in the document and stay.")
        rows = len(found.changes)
        if not is_done:
            self.stdout.write(f"Plan of configuration {found.version}: {rows} rows would change.")
            return
        self.stdout.write(f"{rows} rows changed.")
        if found.has_drafts:
            self.stdout.write("All but the catalog are drafts until published.")


def _text_of(name: str) -> str:
    """Return the text of a file, no more of it than a document may have and a little."""
    try:
        if name == STANDARD_INPUT:
            return sys.stdin.read(MOST_CHARACTERS + 1)
        with Path(name).open(encoding="utf-8") as file:
            return file.read(MOST_CHARACTERS + 1)
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CommandError(f"{name} is not UTF-8.") from None
