"""Let no month of what only grows be emptied: TRUNCATE asks the triggers of the named table alone,
so those of the whole did not keep anybody from emptying its parts."""

# ruff: noqa: S608 (names of ours)

from django.db import migrations

GUARDED = ("ai_usage", "usage_attempt", "usage_ledgerentry", "usage_auditentry")
GUARD = """
CREATE FUNCTION usage_guard_partition(child text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER is_not_emptied BEFORE TRUNCATE ON %I'
        ' FOR EACH STATEMENT EXECUTE FUNCTION usage_only_grows()', child);
END
$$;
"""
GUARD_ALL = f"""
SELECT usage_guard_partition(inhrelid::regclass::text) FROM pg_inherits
WHERE inhparent = ANY (ARRAY{[*GUARDED]}::regclass[]);
"""
# As it was, but for what comes after the table is attached.
ADD = """
CREATE OR REPLACE FUNCTION usage_add_partition(parent text, child text, first_id uuid, end_id uuid)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    spare text := parent || '_default';
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', child, parent);
    IF parent = 'usage_auditentry' THEN
        EXECUTE format('CREATE UNIQUE INDEX ON %I (tenant_id, seq)', child);
    END IF;
    IF to_regclass(spare) IS NOT NULL THEN
        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', spare);
        EXECUTE format('INSERT INTO %I SELECT * FROM %I WHERE id >= %L AND id < %L', child, spare,
            first_id, end_id);
        -- Nothing is lost here, so the triggers that forbid a deletion stand aside.
        EXECUTE format('ALTER TABLE %I DISABLE TRIGGER USER', spare);
        EXECUTE format('DELETE FROM %I WHERE id >= %L AND id < %L', spare, first_id, end_id);
        EXECUTE format('ALTER TABLE %I ENABLE TRIGGER USER', spare);
    END IF;
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent,
        child, first_id, end_id);
    {then}
END
$$;
"""
GUARDED_TOO = f"""IF parent = ANY (ARRAY{[*GUARDED]}) THEN
        PERFORM usage_guard_partition(child);
    END IF;"""
UNGUARD_ALL = f"""
DO $$
DECLARE child regclass;
BEGIN
    FOR child IN SELECT inhrelid::regclass FROM pg_inherits
        WHERE inhparent = ANY (ARRAY{[*GUARDED]}::regclass[]) LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS is_not_emptied ON %s', child);
    END LOOP;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("usage", "0041_sign_in_tries")]

    operations = [
        migrations.RunSQL(GUARD, "DROP FUNCTION usage_guard_partition(text);"),
        migrations.RunSQL(ADD.format(then=GUARDED_TOO), ADD.format(then="")),
        migrations.RunSQL(GUARD_ALL, UNGUARD_ALL),
    ]
