"""Protect from the first start: everything is tokenized, no image or document leaves."""

from django.db import migrations


def create(apps, schema_editor):
    policy = apps.get_model("phi", "Policy")
    policy.objects.get_or_create(slug="default", defaults={"tenant": "", "task_type": ""})


def remove(apps, schema_editor):
    apps.get_model("phi", "Policy").objects.filter(slug="default").delete()


class Migration(migrations.Migration):
    dependencies = [("phi", "0001_policies_and_case_keys")]

    operations = [migrations.RunPython(create, remove)]
