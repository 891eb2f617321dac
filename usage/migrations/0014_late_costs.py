"""Let an ended request gain the cost of a call that is cleared up later, and nothing else."""

from django.db import migrations

TOTALS = (
    "attempts",
    "cost_nano_usd",
    "model_nano_usd",
    "classifier_nano_usd",
    "other_nano_usd",
    "input_tokens",
    "output_tokens",
    "thinking_tokens",
    "cache_creation_5m_input_tokens",
    "cache_creation_1h_input_tokens",
    "cache_read_input_tokens",
)
LATE_COST = f"""
    IF OLD.state = NEW.state AND OLD.state IN ('completed', 'failed', 'cancelled')
       AND to_jsonb(OLD) - ARRAY{list(TOTALS)} = to_jsonb(NEW) - ARRAY{list(TOTALS)}
       AND NEW.cost_nano_usd >= OLD.cost_nano_usd THEN
        RETURN NEW;
    END IF;
"""
FUNCTION = """
CREATE OR REPLACE FUNCTION usage_request_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{late_cost}
    IF (OLD.state, NEW.state) NOT IN (('open', 'completed'), ('open', 'failed'),
            ('open', 'cancelled'), ('open', 'denied'), ('open', 'unknown'),
            ('unknown', 'completed'), ('unknown', 'failed'), ('unknown', 'cancelled'),
            ('unknown', 'resolved')) THEN
        RAISE EXCEPTION 'a request cannot go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (OLD.id, OLD.tenant_id, OLD.client_id, OLD.created_at)
       IS DISTINCT FROM (NEW.id, NEW.tenant_id, NEW.client_id, NEW.created_at) THEN
        RAISE EXCEPTION 'what was asked cannot be changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("usage", "0013_postings")]

    operations = [
        migrations.RunSQL(
            FUNCTION.replace("{late_cost}", LATE_COST), FUNCTION.replace("{late_cost}", "")
        )
    ]
