"""The first review plan, and what the groups of an existing installation do with reviews.

The medical director's group is new: a new installation makes it with the others, in another way, so
it is made here only where the others are there already.
"""

from django.db import migrations

SEEN = ("review", "reviewplan", "reviewdraw", "reviewreading")
READERS = ("clinic_admin", "compliance", "operations", "developer", "reviewer")
READERS_OF_HISTORY = ("clinic_admin", "compliance", "operations")
DIRECTOR = "medical_director"
NAMES = {
    "label_review": "Can read drawn requests and judge their tiers",
    "adjudicate_review": "Can settle what two readers differ about",
}


def prepare(apps, schema_editor):
    apps.get_model("routing", "ReviewPlan").objects.get_or_create(pk=1)
    groups = apps.get_model("auth", "Group").objects
    if not groups.filter(name="reviewer").exists():
        return
    views = [permission(apps, model, f"view_{model}") for model in SEEN]
    labels = permission(apps, "review", "label_review")
    settles = permission(apps, "review", "adjudicate_review")
    history = permission(apps, "reviewplanevent", "view_reviewplanevent")
    director, _ = groups.get_or_create(name=DIRECTOR)
    director.permissions.add(*views, labels, settles)
    for group in groups.filter(name__in=READERS):
        group.permissions.add(*views)
    for group in groups.filter(name__in=("clinic_admin", "reviewer")):
        group.permissions.add(labels)
    for group in groups.filter(name__in=READERS_OF_HISTORY):
        group.permissions.add(history)
    for group in groups.filter(name="clinic_admin"):
        group.permissions.add(permission(apps, "reviewplan", "change_reviewplan"))


def permission(apps, model, codename):
    """Return a permission, made before the end of the migrations where that would make it."""
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="routing", model=model
    )
    name = NAMES.get(codename, f"Can {codename.replace('_', ' ')}")
    found, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type, codename=codename, defaults={"name": name}
    )
    return found


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0019_reviews"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(prepare, migrations.RunPython.noop)]
