"""The starter task types, and what a task type may not be."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction

from routing.models import TaskType
from routing.snapshot import build

pytestmark = [pytest.mark.service, pytest.mark.django_db]

# slugs: default tier, floor. Agreed with the clinic; an edit of the starter data must mean it.
AGREED = {
    """patient_lookup demographic_extraction extraction formatting classification yes_no sentiment
    language_detection intent_label real_time_alert sub_agent data_aggregation file_lookup retrieval
    quick_summary config_edit naming_fix simple_test lint_fix boilerplate pr_review_conventions
    naming_check style_compliance patient_conversation intent_classification match_explanation
    document_reranking medical_code_mapping fhir_resource_generation comorbidity_summary""": (
        "haiku",
        None,
    ),
    """report_generation encounter_summary code_generation connector sql_transform feature
    refactoring documentation changelog release_notes code_review debugging summarization
    sql_generation clause_extraction""": ("sonnet", None),
    """clinical_coding formulary_recommendation medication_check drug_interaction
    patient_message_reply clinical_extraction vision_ocr""": ("sonnet", "sonnet"),
    """clinical_decision_support diagnostic_differential agent_orchestration
    security_audit""": ("opus", "sonnet"),
    """code_review_logic edge_case_analysis architecture_decision trade_off_analysis security_review
    pii_scan credential_check debugging_complex root_cause_analysis adr_writing
    formal_decision_record contract_analysis""": ("opus", None),
    "comorbidity_detection": ("rule", None),
}
ROWS = [(slug, *to) for slugs, to in AGREED.items() for slug in slugs.split()]
LABELS = "classification yes_no sentiment language_detection intent_label intent_classification"


@pytest.fixture
def coding() -> TaskType:
    return TaskType.objects.get(slug="clinical_coding")


@pytest.mark.parametrize(("slug", "tier", "floor"), ROWS)
def test_every_agreed_task_type_is_live(slug: str, tier: str, floor: str | None):
    policy = build().table.task_types[slug]
    assert (policy.tier, policy.floor) == (tier, floor)


def test_there_are_no_others():
    assert set(build().table.task_types) == {slug for slug, _, _ in ROWS}


def test_every_starter_row_is_complete():
    """Limits, target, chain and expected cost are there, so that no row relies on a guess."""
    for row in TaskType.objects.exclude(tier="rule"):
        assert row.description, row.slug
        assert row.slo_ms, row.slug
        assert row.fallback, row.slug
        assert row.expected_cost_usd, row.slug
        row.full_clean()


def test_labels_are_short_and_cheap():
    for slug in LABELS.split():
        assert build().table.task_types[slug].max_output_tokens == 32


def test_reports_are_cached_for_a_day_and_alerts_for_five_minutes():
    task_types = build().table.task_types
    assert task_types["report_generation"].cache_ttl_seconds == 86_400
    assert task_types["real_time_alert"].cache_ttl_seconds == 300
    assert task_types["real_time_alert"].default_urgency == "real_time"
    assert task_types["real_time_alert"].slo_ms == 500


def test_clinical_opus_work_steps_down_in_real_time_only():
    for slug in ("clinical_decision_support", "diagnostic_differential", "security_audit"):
        assert build().table.task_types[slug].real_time_tier == "sonnet"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"tier": "gigantic"}, "there is no tier gigantic"),
        ({"tier": "haiku"}, "below the floor"),
        ({"real_time_tier": "haiku"}, "below the floor"),
        ({"floor": "basement"}, "there is no tier basement"),
        ({"ceiling": "haiku"}, "ceiling haiku lies below the floor"),
        ({"ceiling": "sky"}, "there is no tier sky"),
        ({"fallback": ["haiku"]}, "fallback haiku lies below the floor"),
        ({"fallback": ["claude-haiku-4-5"]}, "lies below the floor"),
        ({"fallback": ["sonnet"]}, "comes back to sonnet"),
        ({"fallback": ["opus", "opus"]}, "comes back to opus"),
        ({"fallback": ["claude-opus-4-6", "claude-opus-4.6"]}, "comes back to"),
        ({"fallback": ["gpt-4o"]}, "no tier and no live model"),
        ({"fallback": ["nobody"]}, "no tier and no live model"),
        ({"primary_model": "nobody"}, "no live model nobody"),
        ({"primary_model": "gpt-4o-mini"}, "no live model"),
        ({"primary_model": "claude-haiku-4-5-20251001"}, "below the floor"),
        ({"max_output_tokens": 0}, "at least one output token"),
        ({"output_ceiling_tokens": 1}, "output ceiling is no lower"),
        ({"thinking_ceiling_tokens": 9}, "thinking ceiling has 1,024"),
        ({"thinking": "extended"}, "extended thinking needs"),
        ({"thinking": "extended", "thinking_budget_tokens": 1024}, "extended thinking needs"),
    ],
)
def test_form_refuses_what_cannot_be_served(coding: TaskType, changes, sentence: str):
    for name, value in changes.items():
        setattr(coding, name, value)
    with pytest.raises(ValidationError, match=sentence):
        coding.full_clean()


@pytest.mark.parametrize(
    "changes",
    [
        {"thinking": "sometimes"},
        {"prompt_cache": "1d"},
        {"output_ceiling_tokens": 1},
        {"thinking_ceiling_tokens": 1_023},
        {"effort": "heroic"},
        {"default_urgency": "yesterday"},
        {"escalation": "always"},
        {"max_output_tokens": 0},
        {"cache_ttl_seconds": -1},
        {"thinking": "extended", "thinking_budget_tokens": 10},
        {"thinking": "extended", "thinking_budget_tokens": None},
        {"expected_cost_usd": Decimal("NaN")},
        {"expected_cost_usd": Decimal(-1)},
        {"slug": "Not A Slug"},
    ],
)
def test_database_refuses_what_no_form_would_let_through(changes):
    refusals = (IntegrityError, DataError, ValidationError)
    with pytest.raises(refusals), transaction.atomic():
        TaskType.objects.filter(slug="clinical_coding").update(**changes)


def test_each_edit_makes_a_new_version(coding: TaskType):
    coding.save()
    coding.refresh_from_db()
    assert coding.version == 1, "nothing changed"
    coding.max_output_tokens = 2000
    coding.save()
    TaskType.objects.filter(pk=coding.pk).update(cache_ttl_seconds=1)
    coding.refresh_from_db()
    assert coding.version == 3
