"""Which kind of work the product's task types are, and how a verdict names what it found.

Names of features in a verdict: they hold no text and are kept with each decision.
"""

from collections.abc import Mapping
from typing import Final

LOOKS_CRITICAL: Final = "looks_critical"  # how much: a lower tier may harm a patient
CRITICAL_FROM: Final = 0.15
# For callers who say that their work is critical: where the request asks for a chore or a text, and
# elsewhere. How much each misses and raises is told in docs/routing-evaluation.md.
PERHAPS_CRITICAL_FROM: Final = 0.02
FAINTLY_CRITICAL_FROM: Final = 0.002
ASKS_FOR_CHORE: Final = "lead_mechanical"  # a label, a field, a new shape
ASKS_FOR_TEXT: Final = "lead_artifact"
PREFIX: Final = "kind_"
OTHER: Final = "take"
# The starter's task types by kind; types of a clinic's own have none.
_TYPES: Final[Mapping[str, str]] = {
    "label": "classification sentiment language_detection intent_label yes_no real_time_alert"
    " intent_classification",
    "take": "extraction demographic_extraction patient_lookup retrieval file_lookup sub_agent",
    "shape": "formatting data_aggregation document_reranking fhir_resource_generation"
    " medical_code_mapping match_explanation comorbidity_summary",
    "tweak": "config_edit naming_fix simple_test lint_fix boilerplate naming_check"
    " style_compliance pr_review_conventions",
    "talk": "patient_conversation",
    "brief": "quick_summary",
    "code": "code_generation connector sql_transform feature refactoring sql_generation",
    "docs": "documentation changelog release_notes",
    "fix": "code_review debugging",
    "write": "summarization report_generation encounter_summary",
    "clinic": "clinical_coding formulary_recommendation clinical_extraction vision_ocr",
    "drug": "medication_check drug_interaction",
    "reply": "patient_message_reply",
    "clause": "clause_extraction",
    "care": "clinical_decision_support diagnostic_differential",
    "think": "code_review_logic edge_case_analysis debugging_complex root_cause_analysis",
    "weigh": "architecture_decision trade_off_analysis adr_writing formal_decision_record"
    " agent_orchestration",
    "guard": "security_review security_audit pii_scan credential_check",
    "law": "contract_analysis",
}
# What comes through them may be anything; so such a declaration says nothing of the work.
CHANNELS: Final = frozenset({"patient_conversation", "real_time_alert", "sub_agent"})
KINDS: Final = tuple(_TYPES)
_KIND: Final = {slug: kind for kind, slugs in _TYPES.items() for slug in slugs.split()}


def kind_of(task_type: str) -> str | None:
    """Return the kind of work that a task type of the product is; a clinic's own have none."""
    return _KIND.get(task_type)
