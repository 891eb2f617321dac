"""Let the groups of an existing installation see crossings. A new one gets it with its groups."""

from django.db import migrations

READERS = ("clinic_admin", "finance", "compliance", "operations")


def grant(apps, schema_editor):
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="usage", model="budgetcrossing"
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename="view_budgetcrossing",
        defaults={"name": "Can view budget crossing"},
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=READERS):
        group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("usage", "0006_budget_near_the_cap"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
