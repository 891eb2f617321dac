"""Give the groups of an existing installation their part in postings; a new one has it anyway."""

from django.db import migrations

NAMES = {
    "view_posting": "Can view posting",
    "add_posting": "Can add posting",
    "confirm_posting": "Can confirm or reject postings of others",
}
READERS = ("clinic_admin", "finance", "compliance", "operations")
POSTERS = ("clinic_admin", "finance")


def grant(apps, schema_editor):
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="usage", model="posting"
    )
    for codename, name in NAMES.items():
        permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": name}
        )
        members = READERS if codename == "view_posting" else POSTERS
        for group in apps.get_model("auth", "Group").objects.filter(name__in=members):
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("usage", "0014_late_costs"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
