"""The admin of task types, rules, losses and their publication."""

from phi.admin.fields import offer_task_types
from routing import snapshot
from routing.admin import losses, publication, rules, task_types
from routing.models import TaskType
from usage.admin.live import check_with

__all__ = ["losses", "publication", "rules", "task_types"]


def _serves() -> None:
    """Raise InvalidConfiguration when the tables as they are could not be served from."""
    snapshot.validate(snapshot.build())


def _task_types() -> list[str]:
    return list(TaskType.objects.values_list("slug", flat=True))


offer_task_types(_task_types)
# An edit of the catalog, of accounts or of policies is refused when the live rulebook needs what it
# takes away.
check_with(_serves)
