"""The rules that a new installation begins with."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Final

from usage.models import AlertRule, Tier

FILE: Final = Path(__file__).resolve().parents[1] / "starter" / "alert_rules.json"


def load() -> int:
    """Make the rules whose names do not exist yet; return how many."""
    tiers = {tier.slug: tier for tier in Tier.objects.all()}
    made = 0
    for row in json.loads(FILE.read_text()):
        values = {**row, "threshold": Decimal(row["threshold"]), "tier": tiers.get(row.get("tier"))}
        _, is_new = AlertRule.objects.get_or_create(name=values.pop("name"), defaults=values)
        made += is_new
    return made
