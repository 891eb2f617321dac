"""Ask for a second person for clinical work from the start, and let the existing groups see it.

Nobody but a superuser may change that at first; a group can be given the permission.
"""

from django.db import migrations

MODELS = ("rulebookproposal", "rulebookapproval")
READERS = ("clinic_admin", "compliance", "reviewer", "operations", "developer")
READERS_OF_HISTORY = ("clinic_admin", "compliance", "operations")


def load(apps, schema_editor):
    apps.get_model("routing", "RulebookApproval").objects.get_or_create(pk=1)
    groups = apps.get_model("auth", "Group").objects
    views = [permission(apps, model) for model in MODELS]
    for group in groups.filter(name__in=READERS):
        group.permissions.add(*views)
    history = permission(apps, "rulebookapprovalevent")
    for group in groups.filter(name__in=READERS_OF_HISTORY):
        group.permissions.add(history)


def unload(apps, schema_editor):
    apps.get_model("routing", "RulebookApproval").objects.all().delete()


def permission(apps, model):
    """Return a permission, made before the end of the migrations where that would make it."""
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="routing", model=model
    )
    found, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename=f"view_{model}",
        defaults={"name": f"Can view {model}"},
    )
    return found


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0010_rulebook_proposals"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(load, unload)]
