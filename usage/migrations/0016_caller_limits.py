import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("usage", "0015_postings_for_roles"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="client",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="client",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="client",
            name="delete_delete",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="tenant",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="tenant",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="tenant",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="client",
            name="input_tokens_per_minute",
            field=models.PositiveIntegerField(
                blank=True, help_text="Of all its calls together; empty: not limited.", null=True
            ),
        ),
        migrations.AddField(
            model_name="client",
            name="max_concurrency",
            field=models.PositiveIntegerField(
                blank=True, help_text="Calls at the same time; empty: not limited.", null=True
            ),
        ),
        migrations.AddField(
            model_name="client",
            name="output_tokens_per_minute",
            field=models.PositiveIntegerField(
                blank=True, help_text="Of all its calls together; empty: not limited.", null=True
            ),
        ),
        migrations.AddField(
            model_name="clientevent",
            name="input_tokens_per_minute",
            field=models.PositiveIntegerField(
                blank=True, help_text="Of all its calls together; empty: not limited.", null=True
            ),
        ),
        migrations.AddField(
            model_name="clientevent",
            name="max_concurrency",
            field=models.PositiveIntegerField(
                blank=True, help_text="Calls at the same time; empty: not limited.", null=True
            ),
        ),
        migrations.AddField(
            model_name="clientevent",
            name="output_tokens_per_minute",
            field=models.PositiveIntegerField(
                blank=True, help_text="Of all its calls together; empty: not limited.", null=True
            ),
        ),
        migrations.AddField(
            model_name="tenant",
            name="input_tokens_per_minute",
            field=models.PositiveIntegerField(
                blank=True, help_text="Of all its calls together; empty: not limited.", null=True
            ),
        ),
        migrations.AddField(
            model_name="tenant",
            name="max_concurrency",
            field=models.PositiveIntegerField(
                blank=True, help_text="Calls at the same time; empty: not limited.", null=True
            ),
        ),
        migrations.AddField(
            model_name="tenant",
            name="output_tokens_per_minute",
            field=models.PositiveIntegerField(
                blank=True, help_text="Of all its calls together; empty: not limited.", null=True
            ),
        ),
        migrations.AddField(
            model_name="tenant",
            name="requests_per_minute",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Of all its clients together, before 429; empty: not limited.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="tenantevent",
            name="input_tokens_per_minute",
            field=models.PositiveIntegerField(
                blank=True, help_text="Of all its calls together; empty: not limited.", null=True
            ),
        ),
        migrations.AddField(
            model_name="tenantevent",
            name="max_concurrency",
            field=models.PositiveIntegerField(
                blank=True, help_text="Calls at the same time; empty: not limited.", null=True
            ),
        ),
        migrations.AddField(
            model_name="tenantevent",
            name="output_tokens_per_minute",
            field=models.PositiveIntegerField(
                blank=True, help_text="Of all its calls together; empty: not limited.", null=True
            ),
        ),
        migrations.AddField(
            model_name="tenantevent",
            name="requests_per_minute",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Of all its clients together, before 429; empty: not limited.",
                null=True,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="client",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "usage_clientevent" ("allowed_model_ids", "created_at", "department", "id", "input_tokens_per_minute", "is_active", "max_concurrency", "model_ids", "name", "output_tokens_per_minute", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "requests_per_minute", "slug", "tenant_id") VALUES (NEW."allowed_model_ids", NEW."created_at", NEW."department", NEW."id", NEW."input_tokens_per_minute", NEW."is_active", NEW."max_concurrency", NEW."model_ids", NEW."name", NEW."output_tokens_per_minute", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."requests_per_minute", NEW."slug", NEW."tenant_id"); RETURN NULL;',
                    hash="8a6990c50d828d5f62f09f79cd4cd7e35a0d2ec5",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_b2161",
                    table="usage_client",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="client",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "usage_clientevent" ("allowed_model_ids", "created_at", "department", "id", "input_tokens_per_minute", "is_active", "max_concurrency", "model_ids", "name", "output_tokens_per_minute", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "requests_per_minute", "slug", "tenant_id") VALUES (NEW."allowed_model_ids", NEW."created_at", NEW."department", NEW."id", NEW."input_tokens_per_minute", NEW."is_active", NEW."max_concurrency", NEW."model_ids", NEW."name", NEW."output_tokens_per_minute", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."requests_per_minute", NEW."slug", NEW."tenant_id"); RETURN NULL;',
                    hash="f65647d2a64724a088f0130bc045a106458fc98c",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_007cb",
                    table="usage_client",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="client",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "usage_clientevent" ("allowed_model_ids", "created_at", "department", "id", "input_tokens_per_minute", "is_active", "max_concurrency", "model_ids", "name", "output_tokens_per_minute", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "requests_per_minute", "slug", "tenant_id") VALUES (OLD."allowed_model_ids", OLD."created_at", OLD."department", OLD."id", OLD."input_tokens_per_minute", OLD."is_active", OLD."max_concurrency", OLD."model_ids", OLD."name", OLD."output_tokens_per_minute", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."requests_per_minute", OLD."slug", OLD."tenant_id"); RETURN NULL;',
                    hash="8c64175c231c826e5e2dd585fdb28fb18027ca74",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_445ef",
                    table="usage_client",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tenant",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "usage_tenantevent" ("created_at", "id", "input_tokens_per_minute", "is_active", "max_concurrency", "name", "output_tokens_per_minute", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "requests_per_minute", "slug", "time_zone") VALUES (NEW."created_at", NEW."id", NEW."input_tokens_per_minute", NEW."is_active", NEW."max_concurrency", NEW."name", NEW."output_tokens_per_minute", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."requests_per_minute", NEW."slug", NEW."time_zone"); RETURN NULL;',
                    hash="bdabee73bfb14cd75f9d603c3c98b96cecda4f41",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_511da",
                    table="usage_tenant",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tenant",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "usage_tenantevent" ("created_at", "id", "input_tokens_per_minute", "is_active", "max_concurrency", "name", "output_tokens_per_minute", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "requests_per_minute", "slug", "time_zone") VALUES (NEW."created_at", NEW."id", NEW."input_tokens_per_minute", NEW."is_active", NEW."max_concurrency", NEW."name", NEW."output_tokens_per_minute", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."requests_per_minute", NEW."slug", NEW."time_zone"); RETURN NULL;',
                    hash="619f1f7501292559fa4577bf21d457a8848dd27e",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_426a1",
                    table="usage_tenant",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tenant",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "usage_tenantevent" ("created_at", "id", "input_tokens_per_minute", "is_active", "max_concurrency", "name", "output_tokens_per_minute", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "requests_per_minute", "slug", "time_zone") VALUES (OLD."created_at", OLD."id", OLD."input_tokens_per_minute", OLD."is_active", OLD."max_concurrency", OLD."name", OLD."output_tokens_per_minute", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."requests_per_minute", OLD."slug", OLD."time_zone"); RETURN NULL;',
                    hash="85b4f24ea72e2d90de671a62ba73ccfd9d52dfb2",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_c5126",
                    table="usage_tenant",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="client",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("input_tokens_per_minute__isnull", True),
                        ("input_tokens_per_minute__gt", 0),
                        _connector="OR",
                    ),
                    models.Q(
                        ("output_tokens_per_minute__isnull", True),
                        ("output_tokens_per_minute__gt", 0),
                        _connector="OR",
                    ),
                    models.Q(
                        ("max_concurrency__isnull", True),
                        ("max_concurrency__gt", 0),
                        _connector="OR",
                    ),
                ),
                name="client_limits",
            ),
        ),
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("requests_per_minute__isnull", True),
                        ("requests_per_minute__gt", 0),
                        _connector="OR",
                    ),
                    models.Q(
                        ("input_tokens_per_minute__isnull", True),
                        ("input_tokens_per_minute__gt", 0),
                        _connector="OR",
                    ),
                    models.Q(
                        ("output_tokens_per_minute__isnull", True),
                        ("output_tokens_per_minute__gt", 0),
                        _connector="OR",
                    ),
                    models.Q(
                        ("max_concurrency__isnull", True),
                        ("max_concurrency__gt", 0),
                        _connector="OR",
                    ),
                ),
                name="tenant_limits",
            ),
        ),
    ]
