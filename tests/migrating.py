"""`python -m tests.migrating`: migrate the tests' database, while their processes collect."""

import gc
import os

import django

gc.disable()  # it ends soon, and looking for cycles is a quarter of its time
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "routerproject.settings")
django.setup()  # before what reads tables is imported

from tests import databases  # noqa: E402

if __name__ == "__main__":
    databases.migrate_once()
