"""Let an edit of the classifier's models reach every process, and the groups use what is new."""

from django.db import migrations

MODELS = ("evaluationset", "labelledexample", "evaluationrun", "classifiermodel")
HISTORY = "evaluationsetevent"
READERS = ("clinic_admin", "compliance", "operations", "developer", "reviewer")
READERS_OF_HISTORY = ("clinic_admin", "compliance", "operations")
EDITS = ("add", "change", "delete")


def grant(apps, schema_editor):
    groups = apps.get_model("auth", "Group").objects
    views = [permission(apps, model, f"view_{model}") for model in MODELS]
    edits = [permission(apps, model, f"{kind}_{model}") for model in MODELS for kind in EDITS]
    promotes = permission(apps, "classifiermodel", "promote_classifier")
    labels = [permission(apps, "labelledexample", f"{kind}_labelledexample") for kind in EDITS[:2]]
    for group in groups.filter(name__in=READERS):
        group.permissions.add(*views)
    for group in groups.filter(name__in=READERS_OF_HISTORY):
        group.permissions.add(permission(apps, HISTORY, f"view_{HISTORY}"))
    for group in groups.filter(name="clinic_admin"):
        group.permissions.add(*edits, promotes)
    for group in groups.filter(name="reviewer"):
        group.permissions.add(*labels)


def permission(apps, model, codename):
    """Return a permission, made before the end of the migrations where that would make it."""
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="routing", model=model
    )
    name = (
        "Can put a classifier model into force"
        if codename == "promote_classifier"
        else f"Can {codename.replace('_', ' ')}"
    )
    found, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type, codename=codename, defaults={"name": name}
    )
    return found


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0008_evaluation"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER count_edits AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE"
            " ON routing_classifiermodel"
            " FOR EACH STATEMENT EXECUTE FUNCTION bump_config_version();",
            "DROP TRIGGER count_edits ON routing_classifiermodel;",
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
