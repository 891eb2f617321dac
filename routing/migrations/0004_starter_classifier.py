"""Fill the LLM classifier's tables, and let the groups of an existing installation use them."""

import json
from pathlib import Path

from django.db import migrations

STARTER = Path(__file__).resolve().parent.parent / "starter"
MODELS = ("llmclassifier", "classifierexample")
READERS = ("clinic_admin", "compliance", "operations", "developer", "reviewer")
READERS_OF_HISTORY = ("clinic_admin", "compliance", "operations")
EDITS = ("add", "change", "delete")


def load(apps, schema_editor):
    apps.get_model("routing", "LlmClassifier").objects.get_or_create(pk=1)
    examples = apps.get_model("routing", "ClassifierExample").objects
    for row in json.loads((STARTER / "classifier_examples.json").read_text()):
        examples.get_or_create(text=row["text"], defaults=row)
    groups = apps.get_model("auth", "Group").objects
    views = [permission(apps, model, "view") for model in MODELS]
    histories = [permission(apps, f"{model}event", "view") for model in MODELS]
    edits = [permission(apps, model, kind) for model in MODELS for kind in EDITS]
    for group in groups.filter(name__in=READERS):
        group.permissions.add(*views)
    for group in groups.filter(name__in=READERS_OF_HISTORY):
        group.permissions.add(*histories)
    for group in groups.filter(name="clinic_admin"):
        group.permissions.add(*edits)


def unload(apps, schema_editor):
    for name in ("LlmClassifier", "ClassifierExample"):
        apps.get_model("routing", name).objects.all().delete()


def permission(apps, model, kind):
    """Return a permission, made before the end of the migrations where that would make it."""
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="routing", model=model
    )
    found, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename=f"{kind}_{model}",
        defaults={"name": f"Can {kind} {model}"},
    )
    return found


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0003_llm_classifier"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(load, unload)]
