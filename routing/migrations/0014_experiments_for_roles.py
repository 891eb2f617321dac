"""Let the groups of an existing installation see experiments and edit them. New ones get it with
their groups."""

from django.db import migrations

READERS = ("clinic_admin", "compliance", "operations", "developer", "reviewer")
READERS_OF_HISTORY = ("clinic_admin", "compliance", "operations")
EDITS = ("add", "change", "delete")


def grant(apps, schema_editor):
    groups = apps.get_model("auth", "Group").objects
    for group in groups.filter(name__in=READERS):
        group.permissions.add(permission(apps, "experiment", "view"))
    for group in groups.filter(name__in=READERS_OF_HISTORY):
        group.permissions.add(permission(apps, "experimentevent", "view"))
    for group in groups.filter(name="clinic_admin"):
        group.permissions.add(*(permission(apps, "experiment", kind) for kind in EDITS))


def permission(apps, model, kind):
    """Return a permission, made before the end of the migrations where that would make it."""
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="routing", model=model
    )
    found, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename=f"{kind}_{model}",
        defaults={"name": f"Can {kind} {model.replace('event', ' event')}"},
    )
    return found


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0013_experiments"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
