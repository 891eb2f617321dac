"""What is said of the answers beside what they cost: a saving that harms is none."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from usage.rollups.scope import Scope


@dataclass(frozen=True, slots=True)
class UnderRouting:
    """Of the answers that were examined, those that a stronger tier would have given better."""

    examined: int
    share: float  # weighted: each answer stands for those that were not examined
    low: float  # 95 % interval
    high: float


def under_routing(scope: Scope) -> UnderRouting | None:
    """Return what is known of the tenant's and task type's answers in a time; None when nothing.

    The setting UNDER_ROUTING names the function: quality is measured by an app above this one.
    """
    measure: Callable[[Scope], UnderRouting | None] = import_string(settings.UNDER_ROUTING)
    return measure(scope)
