"""The rules that a new installation begins with."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Final

from routerproject.shared.admin.history import event_model
from usage.models import AlertRule, Tier

FILE: Final = Path(__file__).resolve().parents[1] / "starter" / "alert_rules.json"


def load() -> int:
    """Make the rules that never existed here; return how many. Deleted ones do not come back."""
    tiers = {tier.slug: tier for tier in Tier.objects.all()}
    known = set(event_model(AlertRule).objects.values_list("name", flat=True))  # type: ignore[attr-defined]
    made = 0
    for row in json.loads(FILE.read_text()):
        if row["name"] in known:
            continue
        values = {**row, "threshold": Decimal(row["threshold"]), "tier": tiers.get(row.get("tier"))}
        AlertRule.objects.create(**values)
        made += 1
    return made
