"""Train the model that finds names by their context."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.progress import Progress, TaskID

from phi.detect.sequence import DATA
from phi.training.train import train


class Command(BaseCommand):
    help = (
        "Train the model that finds names by their context, from generated notes, and write it "
        "with its data sheet. Takes some minutes; the same seed and share give the same model."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=20, help="of the generated notes")
        parser.add_argument("--share", type=float, default=1.0, help="of the full training, to try")
        parser.add_argument("--folder", type=Path, default=DATA, help="where the model is written")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 < options["share"] <= 1:
            raise CommandError("--share is more than 0 and at most 1.")
        if not options["folder"].is_dir():
            raise CommandError("--folder is no folder.")
        with Progress(transient=True) as bar:
            sheet = train(
                options["folder"],
                seed=options["seed"],
                share=options["share"],
                progress=_Bars(bar).show,
            )
        self.stdout.write(json.dumps(sheet, indent=2))


class _Bars:
    """One progress bar per step of the training."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._tasks: dict[str, TaskID] = {}

    def show(self, step: str, done: float) -> None:
        if step not in self._tasks:
            self._tasks[step] = self._bar.add_task(step, total=1.0)
        self._bar.update(self._tasks[step], completed=done)
