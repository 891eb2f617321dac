"""The admin of task types, rules, losses, experiments and their publication."""

from phi.admin import fields as policies
from routing import snapshot
from routing.admin import (
    alarm,
    classifier,
    classifier_models,
    comorbidities,
    drift_checks,
    evaluation_runs,
    evaluation_sets,
    experiments,
    judged_answers,
    losses,
    publication,
    reviews,
    rules,
    task_types,
    what_if,
)
from routing.models import TaskType
from usage import budgets
from usage.admin import budgets as budget_forms
from usage.admin.live import check_with
from usage.configuration import InvalidConfiguration

__all__ = [
    "alarm",
    "classifier",
    "classifier_models",
    "comorbidities",
    "drift_checks",
    "evaluation_runs",
    "evaluation_sets",
    "experiments",
    "judged_answers",
    "losses",
    "publication",
    "reviews",
    "rules",
    "task_types",
    "what_if",
]


def _serves() -> None:
    """Raise InvalidConfiguration when the tables as they are could not be served from."""
    snapshot.validate(snapshot.build())


def _budgets_name_known_work() -> None:
    """Raise InvalidConfiguration when a budget counts a task type that there is not."""
    known = set(_task_types())
    if lost := [(name, slug) for name, slug in budgets.task_types() if slug not in known]:
        raise InvalidConfiguration(
            f"The budget {name!r} counts the task type {slug!r}, which does not exist."
            for name, slug in lost
        )


def _task_types() -> list[str]:
    return list(TaskType.objects.values_list("slug", flat=True))


policies.offer_task_types(_task_types)
budget_forms.offer_task_types(_task_types)
# An edit of the catalog, of accounts or of policies is refused when the live rulebook needs what it
# takes away.
check_with(_serves)
check_with(_budgets_name_known_work)
