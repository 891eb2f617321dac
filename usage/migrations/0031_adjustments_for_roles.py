"""Give the groups of an existing installation their part in adjustments; a new one has it anyway."""

from django.db import migrations

READERS = ("clinic_admin", "finance", "compliance", "operations")
POSTERS = ("clinic_admin", "finance")
NAMES = {
    "view_adjustment": ("Can view adjustment", READERS),
    "add_adjustment": ("Can add adjustment", POSTERS),
    "confirm_adjustment": ("Can confirm or reject adjustments of others", POSTERS),
}


def grant(apps, schema_editor):
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="usage", model="adjustment"
    )
    for codename, (name, members) in NAMES.items():
        permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": name}
        )
        for group in apps.get_model("auth", "Group").objects.filter(name__in=members):
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("usage", "0030_adjustments"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
