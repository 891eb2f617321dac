import json
from pathlib import Path

from django.db import migrations
from django.utils import timezone

STARTER = Path(__file__).resolve().parent.parent / "starter"
DECIDING = (
    "slug",
    "name",
    "version",
    "tier",
    "floor",
    "ceiling",
    "is_enabled",
    "is_clinical",
    "is_code",
    "is_critical",
    "is_patient_facing",
    "max_output_tokens",
    "cache_ttl_seconds",
    "default_urgency",
    "slo_ms",
    "thinking",
    "thinking_budget_tokens",
    "effort",
    "escalation",
    "fallback",
    "real_time_tier",
    "expected_cost_usd",
    "primary_model",
)
RULE_FIELDS = ("slug", "version", "priority", "conditions", "actions")


def rows_of(name):
    return json.loads((STARTER / f"{name}.json").read_text())


def load(apps, schema_editor):
    """Fill the empty rulebook from the files in `routing/starter` and publish it."""
    model = {
        name: apps.get_model("routing", name).objects
        for name in ("TaskType", "Rule", "Loss", "RulebookVersion")
    }
    task_types = [model["TaskType"].create(**row) for row in rows_of("task_types")]
    rules = [model["Rule"].create(**row) for row in rows_of("rules")]
    losses = {}
    for row in rows_of("losses"):
        model["Loss"].create(**row)
        losses.setdefault(row["needed"], {})[row["chosen"]] = float(row["loss"])
    content = {
        "task_types": [
            {name: None if getattr(row, name) == "" else getattr(row, name) for name in DECIDING}
            for row in task_types
        ],
        "rules": [
            {name: getattr(row, name) for name in RULE_FIELDS} for row in rules if row.is_published
        ],
        "loss_matrix": losses,
        # Their table comes later; on an installation that is older they begin as drafts.
        "comorbidity_pairs": [
            {"slug": f"{row['first']}+{row['second']}", **row}
            for row in rows_of("comorbidity_pairs")
        ],
    }
    model["RulebookVersion"].create(
        content=content, note="Starter rulebook", published_at=timezone.now()
    )


def unload(apps, schema_editor):
    """Empty the rulebook, as it was before. Publications only grow, so their table is truncated."""
    schema_editor.execute("TRUNCATE routing_rulebookversion")
    for name in ("Loss", "Rule", "TaskType"):
        apps.get_model("routing", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("routing", "0001_rulebook")]

    operations = [migrations.RunPython(load, unload)]
