from routing.models.classifier import ClassifierExample, Complexity, LlmClassifier
from routing.models.comorbidities import ComorbidityPair, Severity
from routing.models.evaluation import (
    ClassifierModel,
    EvaluationRun,
    EvaluationSet,
    LabelledExample,
    Needed,
    Purpose,
)
from routing.models.experiments import Experiment, StickyBy
from routing.models.publications import RulebookApproval, RulebookProposal, RulebookVersion
from routing.models.quality import JudgedAnswer
from routing.models.reviews import (
    DriftCheck,
    Harm,
    Review,
    ReviewDraw,
    ReviewPlan,
    ReviewReading,
    ReviewState,
    ReviewVerdict,
    check_label,
)
from routing.models.rulebook import Loss, Rule
from routing.models.task_types import Effort, Escalation, TaskType, Thinking, Urgency
from routing.models.what_ifs import WhatIf

__all__ = [
    "ClassifierExample",
    "ClassifierModel",
    "ComorbidityPair",
    "Complexity",
    "DriftCheck",
    "Effort",
    "Escalation",
    "EvaluationRun",
    "EvaluationSet",
    "Experiment",
    "Harm",
    "JudgedAnswer",
    "LabelledExample",
    "LlmClassifier",
    "Loss",
    "Needed",
    "Purpose",
    "Review",
    "ReviewDraw",
    "ReviewPlan",
    "ReviewReading",
    "ReviewState",
    "ReviewVerdict",
    "Rule",
    "RulebookApproval",
    "RulebookProposal",
    "RulebookVersion",
    "Severity",
    "StickyBy",
    "TaskType",
    "Thinking",
    "Urgency",
    "WhatIf",
    "check_label",
]
