"""Let the groups of an existing installation that read evaluations read checks for drift too."""

from django.db import migrations

READERS = (
    *("clinic_admin", "compliance", "operations", "developer", "reviewer", "medical_director"),
)


def grant(apps, schema_editor):
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="routing", model="driftcheck"
    )
    found, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename="view_driftcheck",
        defaults={"name": "Can view drift check"},
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=READERS):
        group.permissions.add(found)


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0021_drift_checks"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
