"""Let people have a pasted request explained, and the existing groups that shape routing do so."""

from django.db import migrations

GROUPS = ("clinic_admin", "reviewer", "developer")


def grant(apps, schema_editor):
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="routing", model="rule"
    )
    # Made here, since Django would make it only after the last migration.
    explains, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename="explain_request",
        defaults={"name": "Can have a pasted request explained"},
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.add(explains)


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0017_judged_answers_for_roles"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="rule",
            options={
                "ordering": ["priority", "slug"],
                "permissions": [("explain_request", "Can have a pasted request explained")],
            },
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
