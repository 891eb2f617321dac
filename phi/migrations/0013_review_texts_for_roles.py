"""Let the groups of an existing installation see which texts are kept, and forget them."""

from django.db import migrations

READERS = ("clinic_admin", "compliance", "operations")


def grant(apps, schema_editor):
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="phi", model="reviewtext"
    )
    found = {
        kind: apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=content_type,
            codename=f"{kind}_reviewtext",
            defaults={"name": f"Can {kind} review text"},
        )[0]
        for kind in ("view", "delete")
    }
    groups = apps.get_model("auth", "Group").objects
    for group in groups.filter(name__in=READERS):
        group.permissions.add(found["view"])
    for group in groups.filter(name="clinic_admin"):
        group.permissions.add(found["delete"])


class Migration(migrations.Migration):
    dependencies = [
        ("phi", "0012_review_texts"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
