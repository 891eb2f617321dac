import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("usage", "0004_deployment_reserve"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="budget",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="budget",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="budget",
            name="delete_delete",
        ),
        migrations.RemoveConstraint(
            model_name="budgetperiod",
            name="budget_period_starts_once",
        ),
        migrations.AddField(
            model_name="budget",
            name="case_hash",
            field=models.BinaryField(
                blank=True, help_text="Keyed hash of one journey's case id.", null=True
            ),
        ),
        migrations.AddField(
            model_name="budget",
            name="client",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: all clients. A client's budget belongs to its tenant.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="budgets",
                to="usage.client",
            ),
        ),
        migrations.AddField(
            model_name="budget",
            name="each",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "All together"),
                    ("user", "Each user"),
                    ("journey", "Each patient journey (case)"),
                ],
                default="",
                help_text="Whether all share the cap or each has one. Calls that name none share one.",
                max_length=8,
                verbose_name="a cap for",
            ),
        ),
        migrations.AddField(
            model_name="budget",
            name="model",
            field=models.ForeignKey(
                blank=True,
                help_text="Calls of this model; empty: all.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="usage.modelcard",
            ),
        ),
        migrations.AddField(
            model_name="budget",
            name="task_type",
            field=models.CharField(
                blank=True,
                help_text="A task type's slug; empty: all.",
                max_length=64,
                validators=[django.core.validators.RegexValidator("^[a-z0-9][a-z0-9_-]*$")],
            ),
        ),
        migrations.AddField(
            model_name="budget",
            name="tier",
            field=models.ForeignKey(
                blank=True,
                help_text="Calls of this tier; empty: all.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="usage.tier",
            ),
        ),
        migrations.AddField(
            model_name="budget",
            name="user",
            field=models.CharField(
                blank=True, help_text="The user as the PMS names them; empty: all.", max_length=128
            ),
        ),
        migrations.AddField(
            model_name="budgetevent",
            name="case_hash",
            field=models.BinaryField(
                blank=True, help_text="Keyed hash of one journey's case id.", null=True
            ),
        ),
        migrations.AddField(
            model_name="budgetevent",
            name="client",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Empty: all clients. A client's budget belongs to its tenant.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="usage.client",
            ),
        ),
        migrations.AddField(
            model_name="budgetevent",
            name="each",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "All together"),
                    ("user", "Each user"),
                    ("journey", "Each patient journey (case)"),
                ],
                default="",
                help_text="Whether all share the cap or each has one. Calls that name none share one.",
                max_length=8,
                verbose_name="a cap for",
            ),
        ),
        migrations.AddField(
            model_name="budgetevent",
            name="model",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Calls of this model; empty: all.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="usage.modelcard",
            ),
        ),
        migrations.AddField(
            model_name="budgetevent",
            name="task_type",
            field=models.CharField(
                blank=True,
                help_text="A task type's slug; empty: all.",
                max_length=64,
                validators=[django.core.validators.RegexValidator("^[a-z0-9][a-z0-9_-]*$")],
            ),
        ),
        migrations.AddField(
            model_name="budgetevent",
            name="tier",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Calls of this tier; empty: all.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="usage.tier",
            ),
        ),
        migrations.AddField(
            model_name="budgetevent",
            name="user",
            field=models.CharField(
                blank=True, help_text="The user as the PMS names them; empty: all.", max_length=128
            ),
        ),
        migrations.AddField(
            model_name="budgetperiod",
            name="subject",
            field=models.BinaryField(
                default=b"",
                help_text="Keyed hash of whose it is, when each has a cap of their own.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="budget",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "usage_budgetevent" ("cap_nano_usd", "case_hash", "client_id", "each", "id", "is_active", "model_id", "name", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "task_type", "tenant_id", "tier_id", "time_zone", "user") VALUES (NEW."cap_nano_usd", NEW."case_hash", NEW."client_id", NEW."each", NEW."id", NEW."is_active", NEW."model_id", NEW."name", NEW."period", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."task_type", NEW."tenant_id", NEW."tier_id", NEW."time_zone", NEW."user"); RETURN NULL;',
                    hash="af5b13e7bfc1c5da031b7decaefbbe476614eaa1",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_4e0ef",
                    table="usage_budget",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="budget",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "usage_budgetevent" ("cap_nano_usd", "case_hash", "client_id", "each", "id", "is_active", "model_id", "name", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "task_type", "tenant_id", "tier_id", "time_zone", "user") VALUES (NEW."cap_nano_usd", NEW."case_hash", NEW."client_id", NEW."each", NEW."id", NEW."is_active", NEW."model_id", NEW."name", NEW."period", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."task_type", NEW."tenant_id", NEW."tier_id", NEW."time_zone", NEW."user"); RETURN NULL;',
                    hash="8eeabb503838c146714b7dbe2695215878ec98b8",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_c3c6d",
                    table="usage_budget",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="budget",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "usage_budgetevent" ("cap_nano_usd", "case_hash", "client_id", "each", "id", "is_active", "model_id", "name", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "task_type", "tenant_id", "tier_id", "time_zone", "user") VALUES (OLD."cap_nano_usd", OLD."case_hash", OLD."client_id", OLD."each", OLD."id", OLD."is_active", OLD."model_id", OLD."name", OLD."period", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."task_type", OLD."tenant_id", OLD."tier_id", OLD."time_zone", OLD."user"); RETURN NULL;',
                    hash="f02d41ec1313562d2161f43239971131eb23961d",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_c034b",
                    table="usage_budget",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("client__isnull", True), ("tenant__isnull", False), _connector="OR"
                ),
                name="budget_of_client_has_tenant",
            ),
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.CheckConstraint(
                condition=models.Q(("each__in", ["", "user", "journey"])), name="budget_each"
            ),
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.CheckConstraint(
                condition=models.Q(("period__in", ["hour", "day", "week", "month", "total"])),
                name="budget_period_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="budgetperiod",
            constraint=models.UniqueConstraint(
                fields=("budget", "subject", "starts_at"), name="budget_period_starts_once"
            ),
        ),
    ]
