"""Fill the table of comorbidity pairs, and let the groups of an existing installation see and edit
it. New ones get it with their groups.

The pairs are what the starter rulebook of a new installation holds. Where a rulebook was published
before they existed they are drafts, and decide once somebody publishes them.
"""

import json
from pathlib import Path

from django.db import migrations

PAIRS = Path(__file__).resolve().parent.parent / "starter" / "comorbidity_pairs.json"
READERS = (
    *("clinic_admin", "compliance", "operations", "developer", "reviewer", "medical_director"),
)
READERS_OF_HISTORY = ("clinic_admin", "compliance", "operations")
EDITORS = ("clinic_admin", "medical_director")
EDITS = ("add", "change", "delete")


def load(apps, schema_editor):
    pairs = apps.get_model("routing", "ComorbidityPair")
    pairs.objects.bulk_create(pairs(**row) for row in json.loads(PAIRS.read_text()))


def unload(apps, schema_editor):
    apps.get_model("routing", "ComorbidityPair").objects.all().delete()


def grant(apps, schema_editor):
    groups = apps.get_model("auth", "Group").objects
    for group in groups.filter(name__in=READERS):
        group.permissions.add(permission(apps, "comorbiditypair", "view"))
    for group in groups.filter(name__in=READERS_OF_HISTORY):
        group.permissions.add(permission(apps, "comorbiditypairevent", "view"))
    for group in groups.filter(name__in=EDITORS):
        group.permissions.add(*(permission(apps, "comorbiditypair", kind) for kind in EDITS))


def permission(apps, model, kind):
    """Return a permission, made before the end of the migrations where that would make it."""
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="routing", model=model
    )
    name = model.replace("comorbiditypair", "comorbidity pair").replace("event", " event")
    found, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename=f"{kind}_{model}",
        defaults={"name": f"Can {kind} {name}"},
    )
    return found


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0023_comorbidity_pairs"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(load, unload),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
