"""Policies with their history, and the wrapped keys of cases."""

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

COUNT_EDITS = """
CREATE TRIGGER count_edits AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON phi_policy
FOR EACH STATEMENT EXECUTE FUNCTION bump_config_version();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("pghistory", "0007_auto_20250421_0444"),
        ("usage", "0001_accounts_and_catalog"),  # bump_config_version()
    ]

    operations = [
        migrations.CreateModel(
            name="PolicyEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "slug",
                    models.SlugField(
                        db_index=False,
                        help_text="Short name in lower case, used in records.",
                        max_length=63,
                    ),
                ),
                (
                    "tenant",
                    models.SlugField(
                        blank=True,
                        db_index=False,
                        default="",
                        help_text="Tenant slug; empty: every tenant.",
                        max_length=63,
                    ),
                ),
                (
                    "task_type",
                    models.SlugField(
                        blank=True,
                        db_index=False,
                        default="",
                        help_text="Task type slug; empty: every task type.",
                        max_length=63,
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            (
                                "tokenize",
                                "Tokenize: identifiers become tokens and come back in the answer",
                            ),
                            ("redact", "Redact: identifiers are removed for good"),
                            ("block", "Block: a request with identifiers is refused"),
                            (
                                "local_only",
                                "Local only: tokenized, and only on-premise models may answer",
                            ),
                        ],
                        default="tokenize",
                        help_text="What happens to a request with identifiers.",
                        max_length=16,
                    ),
                ),
                (
                    "allowed_categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32),
                        blank=True,
                        default=list,
                        help_text="Category slugs that may leave as they are. Needs a deployment under a BAA.",
                        size=None,
                    ),
                ),
                (
                    "allows_images",
                    models.BooleanField(
                        default=False,
                        help_text="Let images leave unexamined. Needs a deployment under a BAA.",
                    ),
                ),
                (
                    "allows_documents",
                    models.BooleanField(
                        default=False,
                        help_text="Let documents without readable text leave. Needs a deployment under a BAA.",
                    ),
                ),
                (
                    "denies_on_doubt",
                    models.BooleanField(
                        default=False,
                        help_text="Refuse where the last scan is unsure, instead of tokenizing.",
                    ),
                ),
                (
                    "allow_list",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200),
                        blank=True,
                        default=list,
                        help_text="Words that are no identifiers here, such as the clinic's own name.",
                        size=None,
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True, help_text="Switch off to ignore this policy."
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(
                        default=1, help_text="Counts published edits; records name it."
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, help_text="UTC.")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CaseKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tenant_id", models.BigIntegerField(help_text="Whose case it is.")),
                (
                    "case_hash",
                    models.BinaryField(
                        help_text="Keyed hash of the case reference, which is not kept.",
                        max_length=32,
                    ),
                ),
                (
                    "wrapped_key",
                    models.BinaryField(help_text="32 random bytes, sealed with AES-256-GCM."),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, help_text="UTC.")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "case_hash"), name="case_key_is_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "slug",
                    models.SlugField(
                        help_text="Short name in lower case, used in records.",
                        max_length=63,
                        unique=True,
                    ),
                ),
                (
                    "tenant",
                    models.SlugField(
                        blank=True,
                        default="",
                        help_text="Tenant slug; empty: every tenant.",
                        max_length=63,
                    ),
                ),
                (
                    "task_type",
                    models.SlugField(
                        blank=True,
                        default="",
                        help_text="Task type slug; empty: every task type.",
                        max_length=63,
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            (
                                "tokenize",
                                "Tokenize: identifiers become tokens and come back in the answer",
                            ),
                            ("redact", "Redact: identifiers are removed for good"),
                            ("block", "Block: a request with identifiers is refused"),
                            (
                                "local_only",
                                "Local only: tokenized, and only on-premise models may answer",
                            ),
                        ],
                        default="tokenize",
                        help_text="What happens to a request with identifiers.",
                        max_length=16,
                    ),
                ),
                (
                    "allowed_categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32),
                        blank=True,
                        default=list,
                        help_text="Category slugs that may leave as they are. Needs a deployment under a BAA.",
                        size=None,
                    ),
                ),
                (
                    "allows_images",
                    models.BooleanField(
                        default=False,
                        help_text="Let images leave unexamined. Needs a deployment under a BAA.",
                    ),
                ),
                (
                    "allows_documents",
                    models.BooleanField(
                        default=False,
                        help_text="Let documents without readable text leave. Needs a deployment under a BAA.",
                    ),
                ),
                (
                    "denies_on_doubt",
                    models.BooleanField(
                        default=False,
                        help_text="Refuse where the last scan is unsure, instead of tokenizing.",
                    ),
                ),
                (
                    "allow_list",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200),
                        blank=True,
                        default=list,
                        help_text="Words that are no identifiers here, such as the clinic's own name.",
                        size=None,
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True, help_text="Switch off to ignore this policy."
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(
                        default=1, help_text="Counts published edits; records name it."
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, help_text="UTC.")),
            ],
            options={
                "verbose_name": "PHI policy",
                "verbose_name_plural": "PHI policies",
                "ordering": ["tenant", "task_type"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_active", True)),
                        fields=("tenant", "task_type"),
                        name="phi_policy_is_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("task_type", ""),
                            models.Q(("tenant", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="phi_policy_task_needs_tenant",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("mode__in", ["tokenize", "redact", "block", "local_only"])
                        ),
                        name="phi_policy_mode",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("version__gt", 0)), name="phi_policy_version"
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "phi_policyevent" ("allow_list", "allowed_categories", "allows_documents", "allows_images", "created_at", "denies_on_doubt", "id", "is_active", "mode", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slug", "task_type", "tenant", "version") VALUES (NEW."allow_list", NEW."allowed_categories", NEW."allows_documents", NEW."allows_images", NEW."created_at", NEW."denies_on_doubt", NEW."id", NEW."is_active", NEW."mode", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."slug", NEW."task_type", NEW."tenant", NEW."version"); RETURN NULL;',
                    hash="6ac0c88ae200e264ddb65684c4d82ef89a775735",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_62542",
                    table="phi_policy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "phi_policyevent" ("allow_list", "allowed_categories", "allows_documents", "allows_images", "created_at", "denies_on_doubt", "id", "is_active", "mode", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slug", "task_type", "tenant", "version") VALUES (NEW."allow_list", NEW."allowed_categories", NEW."allows_documents", NEW."allows_images", NEW."created_at", NEW."denies_on_doubt", NEW."id", NEW."is_active", NEW."mode", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."slug", NEW."task_type", NEW."tenant", NEW."version"); RETURN NULL;',
                    hash="f498143c9025a51d6d0cd2388a8733ec42669b8c",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_c6d58",
                    table="phi_policy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "phi_policyevent" ("allow_list", "allowed_categories", "allows_documents", "allows_images", "created_at", "denies_on_doubt", "id", "is_active", "mode", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slug", "task_type", "tenant", "version") VALUES (OLD."allow_list", OLD."allowed_categories", OLD."allows_documents", OLD."allows_images", OLD."created_at", OLD."denies_on_doubt", OLD."id", OLD."is_active", OLD."mode", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."slug", OLD."task_type", OLD."tenant", OLD."version"); RETURN NULL;',
                    hash="e32faeb2787c85ed12142d9b0c30a354bc42e0c8",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_9475c",
                    table="phi_policy",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="policyevent",
            name="pgh_context",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="pghistory.context",
            ),
        ),
        migrations.AddField(
            model_name="policyevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="phi.policy",
            ),
        ),
        migrations.RunSQL(COUNT_EDITS, "DROP TRIGGER count_edits ON phi_policy;"),
    ]
