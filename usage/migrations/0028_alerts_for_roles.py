"""Give the groups of an existing installation their part in alerts; a new one has it anyway."""

from django.db import migrations

READERS = ("clinic_admin", "finance", "compliance", "operations")
WATCHERS = ("clinic_admin", "finance", "operations")
SENDERS = ("clinic_admin", "operations")
CHANGES = ("add", "change", "delete")


def _wanted():
    """Yield each permission with its model, its name, and the groups that have it."""
    for model, name in (
        ("alert", "alert"),
        ("alertrule", "alert rule"),
        ("alertsink", "alert sink"),
        ("alertdelivery", "alert delivery"),
    ):
        yield model, f"view_{model}", f"Can view {name}", READERS
    for model, name, groups in (
        ("alertrule", "alert rule", WATCHERS),
        ("alertsink", "alert sink", SENDERS),
    ):
        for change in CHANGES:
            yield model, f"{change}_{model}", f"Can {change} {name}", groups
    yield "alert", "acknowledge_alert", "Can acknowledge and snooze alerts", WATCHERS


def grant(apps, schema_editor):
    for model, codename, name, members in _wanted():
        content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
            app_label="usage", model=model
        )
        permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": name}
        )
        for group in apps.get_model("auth", "Group").objects.filter(name__in=members):
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("usage", "0027_alerts"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
