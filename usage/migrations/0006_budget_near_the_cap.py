import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("usage", "0005_budget_scopes"),
    ]

    operations = [
        migrations.CreateModel(
            name="BudgetCrossing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "percent",
                    models.PositiveSmallIntegerField(
                        help_text="The threshold, percent of the cap."
                    ),
                ),
                (
                    "used_nano_usd",
                    models.BigIntegerField(help_text="Spent, held and unknown then, in nano-USD."),
                ),
                (
                    "cap_nano_usd",
                    models.BigIntegerField(help_text="The cap then, carried money included."),
                ),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
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
            name="budget_period_is_not_negative",
        ),
        migrations.AddField(
            model_name="budget",
            name="act_at_percent",
            field=models.PositiveSmallIntegerField(
                default=90,
                help_text="Share of the cap from which on that is done, percent.",
                verbose_name="from",
            ),
        ),
        migrations.AddField(
            model_name="budget",
            name="at_cap",
            field=models.CharField(
                choices=[
                    ("block", "Refuse what does not fit"),
                    ("step_down", "A lower tier, within the floor"),
                    ("batch", "Batch work only"),
                ],
                default="block",
                help_text="What becomes of calls from the share below on. The cap itself always holds.",
                max_length=9,
                verbose_name="near the cap",
            ),
        ),
        migrations.AddField(
            model_name="budget",
            name="reserve_percent",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="Share of the cap that only real-time (point-of-care) work may use, percent.",
                verbose_name="reserve",
            ),
        ),
        migrations.AddField(
            model_name="budget",
            name="roll_over_percent",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="What a period leaves unused goes to the next, up to this share of the cap, percent; 0: nothing does.",
                verbose_name="roll-over",
            ),
        ),
        migrations.AddField(
            model_name="budget",
            name="soft_percents",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.PositiveSmallIntegerField(),
                blank=True,
                default=list,
                help_text="Shares of the cap in percent, comma separated; passing one is recorded once.",
                size=None,
                verbose_name="soft thresholds",
            ),
        ),
        migrations.AddField(
            model_name="budgetevent",
            name="act_at_percent",
            field=models.PositiveSmallIntegerField(
                default=90,
                help_text="Share of the cap from which on that is done, percent.",
                verbose_name="from",
            ),
        ),
        migrations.AddField(
            model_name="budgetevent",
            name="at_cap",
            field=models.CharField(
                choices=[
                    ("block", "Refuse what does not fit"),
                    ("step_down", "A lower tier, within the floor"),
                    ("batch", "Batch work only"),
                ],
                default="block",
                help_text="What becomes of calls from the share below on. The cap itself always holds.",
                max_length=9,
                verbose_name="near the cap",
            ),
        ),
        migrations.AddField(
            model_name="budgetevent",
            name="reserve_percent",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="Share of the cap that only real-time (point-of-care) work may use, percent.",
                verbose_name="reserve",
            ),
        ),
        migrations.AddField(
            model_name="budgetevent",
            name="roll_over_percent",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="What a period leaves unused goes to the next, up to this share of the cap, percent; 0: nothing does.",
                verbose_name="roll-over",
            ),
        ),
        migrations.AddField(
            model_name="budgetevent",
            name="soft_percents",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.PositiveSmallIntegerField(),
                blank=True,
                default=list,
                help_text="Shares of the cap in percent, comma separated; passing one is recorded once.",
                size=None,
                verbose_name="soft thresholds",
            ),
        ),
        migrations.AddField(
            model_name="budgetperiod",
            name="carried_nano_usd",
            field=models.BigIntegerField(
                default=0, help_text="Left by the period before, beside the cap, in nano-USD."
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="budget",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "usage_budgetevent" ("act_at_percent", "at_cap", "cap_nano_usd", "case_hash", "client_id", "each", "id", "is_active", "model_id", "name", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reserve_percent", "roll_over_percent", "soft_percents", "task_type", "tenant_id", "tier_id", "time_zone", "user") VALUES (NEW."act_at_percent", NEW."at_cap", NEW."cap_nano_usd", NEW."case_hash", NEW."client_id", NEW."each", NEW."id", NEW."is_active", NEW."model_id", NEW."name", NEW."period", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reserve_percent", NEW."roll_over_percent", NEW."soft_percents", NEW."task_type", NEW."tenant_id", NEW."tier_id", NEW."time_zone", NEW."user"); RETURN NULL;',
                    hash="0121ca9a1977b7e4fdaa1f632774baabab443db9",
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
                    func='INSERT INTO "usage_budgetevent" ("act_at_percent", "at_cap", "cap_nano_usd", "case_hash", "client_id", "each", "id", "is_active", "model_id", "name", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reserve_percent", "roll_over_percent", "soft_percents", "task_type", "tenant_id", "tier_id", "time_zone", "user") VALUES (NEW."act_at_percent", NEW."at_cap", NEW."cap_nano_usd", NEW."case_hash", NEW."client_id", NEW."each", NEW."id", NEW."is_active", NEW."model_id", NEW."name", NEW."period", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reserve_percent", NEW."roll_over_percent", NEW."soft_percents", NEW."task_type", NEW."tenant_id", NEW."tier_id", NEW."time_zone", NEW."user"); RETURN NULL;',
                    hash="8a1932282e8e57a5507713c763e41b18080c5b12",
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
                    func='INSERT INTO "usage_budgetevent" ("act_at_percent", "at_cap", "cap_nano_usd", "case_hash", "client_id", "each", "id", "is_active", "model_id", "name", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reserve_percent", "roll_over_percent", "soft_percents", "task_type", "tenant_id", "tier_id", "time_zone", "user") VALUES (OLD."act_at_percent", OLD."at_cap", OLD."cap_nano_usd", OLD."case_hash", OLD."client_id", OLD."each", OLD."id", OLD."is_active", OLD."model_id", OLD."name", OLD."period", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reserve_percent", OLD."roll_over_percent", OLD."soft_percents", OLD."task_type", OLD."tenant_id", OLD."tier_id", OLD."time_zone", OLD."user"); RETURN NULL;',
                    hash="f61f612f3748e2df8f94bcae538925c23bf1f112",
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
                    (
                        "soft_percents__contained_by",
                        [
                            1,
                            2,
                            3,
                            4,
                            5,
                            6,
                            7,
                            8,
                            9,
                            10,
                            11,
                            12,
                            13,
                            14,
                            15,
                            16,
                            17,
                            18,
                            19,
                            20,
                            21,
                            22,
                            23,
                            24,
                            25,
                            26,
                            27,
                            28,
                            29,
                            30,
                            31,
                            32,
                            33,
                            34,
                            35,
                            36,
                            37,
                            38,
                            39,
                            40,
                            41,
                            42,
                            43,
                            44,
                            45,
                            46,
                            47,
                            48,
                            49,
                            50,
                            51,
                            52,
                            53,
                            54,
                            55,
                            56,
                            57,
                            58,
                            59,
                            60,
                            61,
                            62,
                            63,
                            64,
                            65,
                            66,
                            67,
                            68,
                            69,
                            70,
                            71,
                            72,
                            73,
                            74,
                            75,
                            76,
                            77,
                            78,
                            79,
                            80,
                            81,
                            82,
                            83,
                            84,
                            85,
                            86,
                            87,
                            88,
                            89,
                            90,
                            91,
                            92,
                            93,
                            94,
                            95,
                            96,
                            97,
                            98,
                            99,
                            100,
                        ],
                    )
                ),
                name="budget_soft_percents",
            ),
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.CheckConstraint(
                condition=models.Q(("at_cap__in", ["block", "step_down", "batch"])),
                name="budget_at_cap",
            ),
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.CheckConstraint(
                condition=models.Q(("act_at_percent__gte", 1), ("act_at_percent__lte", 100)),
                name="budget_act_at_percent",
            ),
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.CheckConstraint(
                condition=models.Q(("reserve_percent__lte", 90)),
                name="budget_reserve_leaves_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.CheckConstraint(
                condition=models.Q(("roll_over_percent__lte", 100)),
                name="budget_roll_over_is_a_share",
            ),
        ),
        migrations.AddConstraint(
            model_name="budgetperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("posted_nano_usd__gte", 0),
                    ("held_nano_usd__gte", 0),
                    ("unknown_nano_usd__gte", 0),
                    ("carried_nano_usd__gte", 0),
                ),
                name="budget_period_is_not_negative",
            ),
        ),
        migrations.AddField(
            model_name="budgetcrossing",
            name="period",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="crossings",
                to="usage.budgetperiod",
            ),
        ),
        migrations.AddConstraint(
            model_name="budgetcrossing",
            constraint=models.UniqueConstraint(
                fields=("period", "percent"), name="budget_crossing_is_recorded_once"
            ),
        ),
    ]
