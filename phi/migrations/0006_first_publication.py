"""Put the policies that decide now into force as the first publication."""

from django.db import migrations
from django.utils import timezone

POLICY = (
    *("slug", "version", "tenant", "task_type", "mode", "allowed_categories", "allows_images"),
    *("allows_documents", "denies_on_doubt", "on_finding", "pms_failure", "allow_list"),
)
COUNT_EDITS = (
    "CREATE TRIGGER count_edits AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON phi_policyversion"
    " FOR EACH STATEMENT EXECUTE FUNCTION bump_config_version();"
)


def publish(apps, schema_editor):
    rows = apps.get_model("phi", "Policy").objects.filter(is_active=True).order_by("slug")
    apps.get_model("phi", "PolicyVersion").objects.create(
        content={"policies": list(rows.values(*POLICY)), "recognizers": [], "allowed_phrases": []},
        note="As it was with live edits",
        published_at=timezone.now(),
    )


def unpublish(apps, schema_editor):
    """Empty the publications, as it was before. They only grow, so their table is truncated."""
    schema_editor.execute("TRUNCATE phi_policyversion")


class Migration(migrations.Migration):
    dependencies = [("phi", "0005_publications_and_words")]

    operations = [
        migrations.RunSQL(COUNT_EDITS, "DROP TRIGGER count_edits ON phi_policyversion;"),
        migrations.RunPython(publish, unpublish),
    ]
