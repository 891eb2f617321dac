from django.db import migrations

# The vendor's documentation, November 2026; all others keep prefixes of 1,024 tokens.
MINIMUM_TOKENS = {
    "claude-haiku-4-5-20251001": 4_096,
    "claude-opus-4-6": 4_096,
    "claude-haiku-5-5": 2_048,
}


def set_minimums(apps, schema_editor):
    """Write down from how many tokens on the starter models keep a prefix."""
    models = apps.get_model("usage", "ModelCard").objects
    for model_id, tokens in MINIMUM_TOKENS.items():
        models.filter(model_id=model_id, prompt_cache_min_tokens=1_024).update(
            prompt_cache_min_tokens=tokens
        )


class Migration(migrations.Migration):
    dependencies = [("usage", "0008_prompt_cache_minimum")]

    operations = [migrations.RunPython(set_minimums, migrations.RunPython.noop)]
