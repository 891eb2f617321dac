import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("usage", "0016_caller_limits"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="modelcard",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="modelcard",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="modelcard",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="modelcard",
            name="unlisted_since",
            field=models.DateField(
                blank=True,
                editable=False,
                help_text="Since when (UTC) its vendor's list lacks it; empty: listed, or not asked.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="modelcardevent",
            name="unlisted_since",
            field=models.DateField(
                blank=True,
                editable=False,
                help_text="Since when (UTC) its vendor's list lacks it; empty: listed, or not asked.",
                null=True,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="modelcard",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "usage_modelcardevent" ("adaptive_thinking", "aliases", "batch", "best_for", "context_window_beta_tokens", "context_window_tokens", "default_temperature", "deprecated_on", "extended_thinking", "gpqa_diamond_percent", "id", "is_live", "is_tier_default", "latency_class", "max_output_tokens", "model_id", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prompt_cache_min_tokens", "prompt_caching", "provider_id", "retires_on", "scores_are_approximate", "suggested_replacement", "swe_bench_verified_percent", "temperature", "tier_id", "timeout_ms", "tools", "unlisted_since", "vision") VALUES (NEW."adaptive_thinking", NEW."aliases", NEW."batch", NEW."best_for", NEW."context_window_beta_tokens", NEW."context_window_tokens", NEW."default_temperature", NEW."deprecated_on", NEW."extended_thinking", NEW."gpqa_diamond_percent", NEW."id", NEW."is_live", NEW."is_tier_default", NEW."latency_class", NEW."max_output_tokens", NEW."model_id", NEW."name", NEW."note", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."prompt_cache_min_tokens", NEW."prompt_caching", NEW."provider_id", NEW."retires_on", NEW."scores_are_approximate", NEW."suggested_replacement", NEW."swe_bench_verified_percent", NEW."temperature", NEW."tier_id", NEW."timeout_ms", NEW."tools", NEW."unlisted_since", NEW."vision"); RETURN NULL;',
                    hash="dbe4ceff21f57520261324f86923cd32ef46e47d",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_81c20",
                    table="usage_modelcard",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="modelcard",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "usage_modelcardevent" ("adaptive_thinking", "aliases", "batch", "best_for", "context_window_beta_tokens", "context_window_tokens", "default_temperature", "deprecated_on", "extended_thinking", "gpqa_diamond_percent", "id", "is_live", "is_tier_default", "latency_class", "max_output_tokens", "model_id", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prompt_cache_min_tokens", "prompt_caching", "provider_id", "retires_on", "scores_are_approximate", "suggested_replacement", "swe_bench_verified_percent", "temperature", "tier_id", "timeout_ms", "tools", "unlisted_since", "vision") VALUES (NEW."adaptive_thinking", NEW."aliases", NEW."batch", NEW."best_for", NEW."context_window_beta_tokens", NEW."context_window_tokens", NEW."default_temperature", NEW."deprecated_on", NEW."extended_thinking", NEW."gpqa_diamond_percent", NEW."id", NEW."is_live", NEW."is_tier_default", NEW."latency_class", NEW."max_output_tokens", NEW."model_id", NEW."name", NEW."note", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."prompt_cache_min_tokens", NEW."prompt_caching", NEW."provider_id", NEW."retires_on", NEW."scores_are_approximate", NEW."suggested_replacement", NEW."swe_bench_verified_percent", NEW."temperature", NEW."tier_id", NEW."timeout_ms", NEW."tools", NEW."unlisted_since", NEW."vision"); RETURN NULL;',
                    hash="fd9c49ac67df81ce318fdcc78ce1ce2260161f4c",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_3e4d4",
                    table="usage_modelcard",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="modelcard",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "usage_modelcardevent" ("adaptive_thinking", "aliases", "batch", "best_for", "context_window_beta_tokens", "context_window_tokens", "default_temperature", "deprecated_on", "extended_thinking", "gpqa_diamond_percent", "id", "is_live", "is_tier_default", "latency_class", "max_output_tokens", "model_id", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prompt_cache_min_tokens", "prompt_caching", "provider_id", "retires_on", "scores_are_approximate", "suggested_replacement", "swe_bench_verified_percent", "temperature", "tier_id", "timeout_ms", "tools", "unlisted_since", "vision") VALUES (OLD."adaptive_thinking", OLD."aliases", OLD."batch", OLD."best_for", OLD."context_window_beta_tokens", OLD."context_window_tokens", OLD."default_temperature", OLD."deprecated_on", OLD."extended_thinking", OLD."gpqa_diamond_percent", OLD."id", OLD."is_live", OLD."is_tier_default", OLD."latency_class", OLD."max_output_tokens", OLD."model_id", OLD."name", OLD."note", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."prompt_cache_min_tokens", OLD."prompt_caching", OLD."provider_id", OLD."retires_on", OLD."scores_are_approximate", OLD."suggested_replacement", OLD."swe_bench_verified_percent", OLD."temperature", OLD."tier_id", OLD."timeout_ms", OLD."tools", OLD."unlisted_since", OLD."vision"); RETURN NULL;',
                    hash="47e252fa17b7be09940750e35c9e4033cd879335",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_718a9",
                    table="usage_modelcard",
                    when="AFTER",
                ),
            ),
        ),
    ]
