"""manage.py train_classifier: fit the shipped model anew from the labelled requests."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from routing.classify.learned import load
from routing.classify.training.fit import train
from routing.classify.training.labelled import share

SHIPPED = Path(__file__).parents[2] / "classify" / "tiers.model"


class Command(BaseCommand):
    help = "Train the local classifier on the project's labelled requests."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=SHIPPED, help="The file to write.")

    def handle(self, *, to: Path, **options: Any) -> None:
        try:
            artifact = train(share("train"), share("calibration"), name="shipped")
        except ValueError as error:
            raise CommandError(str(error)) from error
        to.write_bytes(artifact)
        model = load(artifact)
        self.stdout.write(f"{to.name}: {len(artifact):,} bytes, version {model.version}")
        self.stdout.write(f"temperature {model.temperature}, {model.card}")
