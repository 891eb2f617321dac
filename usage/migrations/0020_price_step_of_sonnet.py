from django.db import migrations

# The vendor's price page: all of a request that reads more than 200,000 tokens costs these.
STEP = {
    "long_above_tokens": 200_000,
    "long_input_usd": "6",
    "long_output_usd": "22.5",
    "long_cache_write_5m_usd": "7.5",
    "long_cache_write_1h_usd": "12",
    "long_cache_read_usd": "0.6",
}


def add_step(apps, schema_editor):
    """Write down the step of the one starter model that has one; what was edited stays."""
    apps.get_model("usage", "Price").objects.filter(
        model__model_id="claude-sonnet-4-5-20250929",
        valid_from="2025-09-29T00:00:00Z",
        input_usd="3",
        output_usd="15",
        long_above_tokens=None,
    ).update(**STEP)


class Migration(migrations.Migration):
    dependencies = [("usage", "0019_price_steps")]

    operations = [migrations.RunPython(add_step, migrations.RunPython.noop)]
