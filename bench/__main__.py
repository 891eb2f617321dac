"""`python -m bench NAME [FILTER ...]`: run a benchmark beside running engines (`make bench`)."""

import importlib
import os
import sys
from pathlib import Path

import django
from django.core.management import call_command

from bench import recording

DEFAULT = "main_path"


def main() -> None:
    """Migrate the empty database, run one benchmark, record its figures with versions.

    With filters only a part is run, which is shown and does not replace the record of the whole.
    A module with `complete` records its parts one by one, each as soon as it is whole.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "routerproject.settings")
    name, *arguments = sys.argv[1:] or [DEFAULT]
    django.setup()  # first, for benchmarks that read tables
    module = importlib.import_module(f"bench.{name}")
    call_command("migrate", verbosity=0)
    figures = module.main(arguments)
    if hasattr(module, "complete"):
        recording.record_parts(name, module.complete(figures))
        return
    if arguments:
        print("\nA part of the benchmark: not recorded.")
        return
    path = recording.record(name, figures)
    print(f"\nRecorded in {path.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
