"""Let the groups of an existing installation use what is new. A new one gets it with its groups."""

from django.db import migrations

NEW = ("policyversion", "policyproposal", "customrecognizer", "allowedphrase")
HISTORIES = ("customrecognizerevent", "allowedphraseevent")
EDITED = ("customrecognizer", "allowedphrase")
READERS = ("clinic_admin", "compliance", "operations")


def grant(apps, schema_editor):
    groups = apps.get_model("auth", "Group").objects
    views = [_permission(apps, model, "view") for model in (*NEW, *HISTORIES)]
    changes = [_permission(apps, model, kind) for model in EDITED for kind in _EDITS]
    for group in groups.filter(name__in=READERS):
        group.permissions.add(*views)
    trying = _special(apps, "policy", "try_sanitizer", "Can try out the sanitizer")
    publishing = _special(
        apps, "policyversion", "publish_policies", "Can put PHI policies into force"
    )
    for group in groups.filter(name="clinic_admin"):
        group.permissions.add(*changes, trying, publishing)
    for group in groups.filter(name="compliance"):
        group.permissions.add(trying)


_EDITS = ("add", "change", "delete")


def _permission(apps, model, kind):
    return _special(apps, model, f"{kind}_{model}", f"Can {kind} {model}")


def _special(apps, model, codename, name):
    """Return a permission, made before the end of the migrations where that would make it."""
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="phi", model=model
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type, codename=codename, defaults={"name": name}
    )
    return permission


class Migration(migrations.Migration):
    dependencies = [
        ("phi", "0006_first_publication"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
