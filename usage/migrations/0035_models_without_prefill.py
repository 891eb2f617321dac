from django.db import migrations

# The vendor's documentation, November 2026: no prefill from the 4.6 models on.
WITHOUT_PREFILL = (
    "claude-sonnet-4-6",
    "claude-opus-4-6",
    "claude-opus-4-8",
    "claude-sonnet-5",
    "claude-opus-5",
    "claude-haiku-5-5",
    "claude-sonnet-5-5",
    "claude-opus-5-5",
)


def note(apps, schema_editor):
    """Write down which of the starter models refuse a conversation that ends with the assistant."""
    models = apps.get_model("usage", "ModelCard").objects
    models.filter(model_id__in=WITHOUT_PREFILL).update(prefill=False)


class Migration(migrations.Migration):
    dependencies = [("usage", "0034_model_prefill")]

    operations = [migrations.RunPython(note, migrations.RunPython.noop)]
