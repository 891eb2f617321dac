from routing.models.classifier import ClassifierExample, Complexity, LlmClassifier
from routing.models.rulebook import Loss, Rule, RulebookVersion
from routing.models.task_types import Effort, Escalation, TaskType, Thinking, Urgency
from routing.models.what_ifs import WhatIf

__all__ = [
    "ClassifierExample",
    "Complexity",
    "Effort",
    "Escalation",
    "LlmClassifier",
    "Loss",
    "Rule",
    "RulebookVersion",
    "TaskType",
    "Thinking",
    "Urgency",
    "WhatIf",
]
