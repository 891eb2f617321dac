from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("usage", "0009_prompt_cache_minimums"),
    ]

    operations = [
        migrations.AddField(
            model_name="budgetperiod",
            name="refusals",
            field=models.BigIntegerField(
                db_default=0,
                default=0,
                help_text="Calls refused for good, and not only until others have ended.",
            ),
        ),
        migrations.AddField(
            model_name="budgetperiod",
            name="used_at_refusal_nano_usd",
            field=models.BigIntegerField(
                blank=True,
                help_text="What was used when the first of them came, in nano-USD.",
                null=True,
            ),
        ),
    ]
