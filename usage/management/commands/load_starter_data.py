"""What a new installation begins with: a tenant to try, groups, a sign-in and a key."""

import json
import os
import secrets
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.core.management.base import BaseCommand
from django.db import transaction

from routerproject.shared.money import from_usd
from usage import accounts, budgets
from usage.accounts import Scope
from usage.alerts import starters
from usage.models import Client, Tenant

GROUPS_FILE = Path(__file__).resolve().parents[2] / "starter" / "groups.json"
OWN_APPS = ("usage", "routing", "phi")
ADMIN = "admin"
DEMO_KEY_NAME = "demo"
DEMO_KEY_FILE = "demo-api-key"
DEMO_SCOPES = (Scope.ROUTE, Scope.ROUTE_OVERRIDE, Scope.USAGE_READ, Scope.PHI_TEST)
TENANT_CAP_USD = 1_000
INSTALLATION_CAP_USD = 2_000


class Command(BaseCommand):
    help = "Load the starter data. What exists already stays as it is."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        load_groups()
        client = load_demo_client()
        starters.load()
        budgets.create_starter(
            tenant=client.tenant,
            tenant_cap_nano_usd=from_usd(TENANT_CAP_USD),
            global_cap_nano_usd=from_usd(INSTALLATION_CAP_USD),
        )
        if password := load_admin():
            self.stdout.write(f"sign-in: {ADMIN} {password}")
        if key := load_demo_key(client):
            self.stdout.write(f"api-key: {key}")


def load_groups() -> None:
    """Make the groups that do not exist yet, with the permissions their patterns match."""
    permissions = Permission.objects.filter(content_type__app_label__in=OWN_APPS)
    named = {f"{p.content_type.app_label}.{p.codename}": p for p in permissions.select_related()}
    for name, patterns in json.loads(GROUPS_FILE.read_text()).items():
        group, is_new = Group.objects.get_or_create(name=name)
        if is_new:
            group.permissions.set(p for label, p in named.items() if _matches(label, patterns))


def load_demo_client() -> Client:
    """Return the client `pms` of the tenant `demo`."""
    tenant, _ = Tenant.objects.get_or_create(slug="demo", defaults={"name": "Demo Clinic"})
    client, _ = Client.objects.get_or_create(
        tenant=tenant,
        slug="pms",
        defaults={"name": "Patient management system", "department": "Clinic"},
    )
    return client


def load_admin() -> str | None:
    """Make the first administrator and return the one-time password; None when there is one."""
    if User.objects.filter(username=ADMIN).exists():
        return None
    password = secrets.token_urlsafe(12)
    User.objects.create_superuser(ADMIN, password=password)
    return password


def load_demo_key(client: Client) -> str | None:
    """Make the demo key, keep it in a file only its owner reads, and return it; None if made."""
    if client.keys.filter(name=DEMO_KEY_NAME).exists():
        return None
    new = accounts.create_key(client=client, name=DEMO_KEY_NAME, scopes=DEMO_SCOPES, by=None)
    _write_secret(settings.DATA_DIR / DEMO_KEY_FILE, new.text)
    return new.text


def _matches(label: str, patterns: dict[str, list[str]]) -> bool:
    is_allowed = any(fnmatchcase(label, pattern) for pattern in patterns["may"])
    return is_allowed and not any(fnmatchcase(label, p) for p in patterns.get("may_not", []))


def _write_secret(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
