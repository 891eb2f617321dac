"""Give an installation that has alert rules the one about models that retire.

A new one has no tenant yet and gets it with the starter data.
"""

from decimal import Decimal

from django.db import migrations

RULE = {"name": "Models to be replaced", "kind": "retirement", "period": "week"}


def load(apps, schema_editor):
    is_new = not apps.get_model("usage", "Tenant").objects.exists()
    was_here = apps.get_model("usage", "AlertRuleEvent").objects.filter(name=RULE["name"])
    if not is_new and not was_here.exists():
        apps.get_model("usage", "AlertRule").objects.create(**RULE, threshold=Decimal(30))


class Migration(migrations.Migration):
    dependencies = [("usage", "0037_alert_of_retirements")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
