"""The task types that are answered by a rule: no model is asked, and nothing leaves the house."""

from routing.rule_tasks.comorbidities import answer
from routing.rule_tasks.handler import Handler

HANDLERS: dict[str, Handler] = {"comorbidity_detection": answer}

__all__ = ["HANDLERS", "Handler"]
