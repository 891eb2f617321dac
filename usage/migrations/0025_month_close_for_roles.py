"""Give the groups of an existing installation their part in the month close."""

from django.db import migrations

NAMES = {
    ("monthclose", "close_month"): "Can compare bills, explain differences and close months",
}
CLOSERS = ("clinic_admin", "finance")


def grant(apps, schema_editor):
    for (model, codename), name in NAMES.items():
        content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
            app_label="usage", model=model
        )
        permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": name}
        )
        for group in apps.get_model("auth", "Group").objects.filter(name__in=CLOSERS):
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("usage", "0024_month_close"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
