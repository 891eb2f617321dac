"""Give an installation from before alerts the rules that a new one begins with.

A new one has no tenant yet and gets them with the starter data. Where somebody ever made a rule,
they stay as they are.
"""

import json
from decimal import Decimal
from pathlib import Path

from django.db import migrations

FILE = Path(__file__).resolve().parent.parent / "starter" / "alert_rules.json"


def load(apps, schema_editor):
    is_new = not apps.get_model("usage", "Tenant").objects.exists()
    if is_new or apps.get_model("usage", "AlertRuleEvent").objects.exists():
        return
    tiers = {tier.slug: tier for tier in apps.get_model("usage", "Tier").objects.all()}
    for row in json.loads(FILE.read_text()):
        values = {**row, "threshold": Decimal(row["threshold"]), "tier": tiers.get(row.get("tier"))}
        apps.get_model("usage", "AlertRule").objects.create(**values)


class Migration(migrations.Migration):
    dependencies = [("usage", "0031_adjustments_for_roles")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
