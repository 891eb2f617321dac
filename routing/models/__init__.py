from routing.models.rulebook import Loss, Rule, RulebookVersion
from routing.models.task_types import Effort, Escalation, TaskType, Thinking, Urgency

__all__ = [
    "Effort",
    "Escalation",
    "Loss",
    "Rule",
    "RulebookVersion",
    "TaskType",
    "Thinking",
    "Urgency",
]
