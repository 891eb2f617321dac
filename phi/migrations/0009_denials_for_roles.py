"""Let the groups of an existing installation see denials. A new one gets it with its groups."""

from django.db import migrations

READERS = ("clinic_admin", "compliance", "operations")


def grant(apps, schema_editor):
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="phi", model="denial"
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename="view_denial",
        defaults={"name": "Can view denial"},
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=READERS):
        group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [("phi", "0008_denials")]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
