from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0028_alerts_for_roles")]

    operations = [
        migrations.AddIndex(
            model_name="statementline",
            index=models.Index(
                condition=models.Q(("case_hash__isnull", False)),
                fields=["close", "-cost_nano_usd"],
                name="statement_dearest",
            ),
        ),
    ]
