"""manage.py train_classifier: fit the shipped models anew from the labelled requests."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from routing.classify import critical, kinds, shipped
from routing.classify.learned import load
from routing.classify.training.fit import train
from routing.classify.training.heads import train_critical, train_kinds
from routing.classify.training.labelled import share


class Command(BaseCommand):
    help = "Train the local classifier on the project's labelled requests."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=shipped.FILE, help="The file to write.")

    def handle(self, *, to: Path, **options: Any) -> None:
        learned, untouched = share("train"), share("calibration")
        try:
            artifact = train(learned, untouched, name="shipped")
        except ValueError as error:
            raise CommandError(str(error)) from error
        to.write_bytes(artifact)
        to.with_name(critical.FILE.name).write_bytes(train_critical(learned))
        to.with_name(kinds.FILE.name).write_bytes(train_kinds(learned))
        model = load(artifact)
        self.stdout.write(f"{to.name}: {len(artifact):,} bytes, version {model.version}")
        self.stdout.write(f"temperature {model.temperature}, {model.card}")
