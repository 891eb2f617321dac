import json
from pathlib import Path

from django.db import migrations

STARTER = Path(__file__).resolve().parent.parent / "starter"


def rows_of(name):
    return json.loads((STARTER / f"{name}.json").read_text())


def load(apps, schema_editor):
    """Fill the empty catalog from the files in `usage/starter`."""
    table = {
        name: apps.get_model("usage", name).objects
        for name in ("Tier", "Provider", "ModelCard", "Deployment", "Price")
    }
    tiers = {row["slug"]: table["Tier"].create(**row) for row in rows_of("tiers")}
    providers = {row["slug"]: table["Provider"].create(**row) for row in rows_of("providers")}
    models = {
        row["model_id"]: table["ModelCard"].create(
            **{**row, "tier": tiers[row["tier"]], "provider": providers[row["provider"]]}
        )
        for row in rows_of("models")
    }
    for row in rows_of("deployments"):
        table["Deployment"].create(
            **{**row, "model": models[row["model"]], "provider": providers[row["provider"]]}
        )
    for row in rows_of("prices"):
        table["Price"].create(**{**row, "model": models[row["model"]]})


def unload(apps, schema_editor):
    """Empty the catalog, as it was before."""
    for name in ("Price", "Deployment", "ModelCard", "Provider", "Tier"):
        apps.get_model("usage", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("usage", "0001_accounts_and_catalog")]

    operations = [migrations.RunPython(load, unload)]
