"""Write the catalog, routes and experiments of this installation as YAML."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from routerproject.shared.yaml_text import RefusedDocument
from routing.exchange import document


class Command(BaseCommand):
    help = "Write the catalog, routes and experiments of this installation as YAML."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", type=Path, metavar="FILE", help="Default: standard output.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            text = document.exported()
        except RefusedDocument as refused:
            raise CommandError(str(refused)) from None
        output: Path | None = options["output"]
        if output is None:
            self.stdout.write(text, ending="")
            return
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror}.") from None
