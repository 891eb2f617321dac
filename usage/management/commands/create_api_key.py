"""Make an API key; its last line of output is the key alone, shown this once."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from routerproject.shared import clock
from usage import accounts
from usage.models import Client


class Command(BaseCommand):
    help = "Make an API key for a client of a tenant and print it, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="Slug of the tenant.")
        parser.add_argument("--name", required=True, help="Where the key will be used.")
        parser.add_argument("--scopes", required=True, help="Comma separated, such as route.")
        parser.add_argument("--client", help="Slug of the client; its only one by default.")
        parser.add_argument("--expires-days", type=int, help="Days until the key expires.")

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["expires_days"]
        if days is not None and days <= 0:
            raise CommandError("--expires-days must be at least 1.")
        try:
            new = accounts.create_key(
                client=_client(options["tenant"], options["client"]),
                name=options["name"],
                scopes=[name.strip() for name in options["scopes"].split(",") if name.strip()],
                by=None,
                expires_at=clock.now() + timedelta(days=days) if days else None,
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(new.text)


def _client(tenant: str, slug: str | None) -> Client:
    """Return the named client of a tenant, or the only one it has."""
    clients = Client.objects.filter(tenant__slug=tenant).select_related("tenant").order_by("slug")
    found = [client for client in clients if slug in (None, client.slug)]
    if len(found) == 1:
        return found[0]
    if not clients:
        raise CommandError(f"There is no tenant {tenant} with a client.")
    names = ", ".join(client.slug for client in clients)
    if found:
        raise CommandError(f"The tenant {tenant} has several clients; say --client: {names}.")
    raise CommandError(f"The tenant {tenant} has no client {slug}; it has {names}.")
