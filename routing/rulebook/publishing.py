"""What a rulebook holds: everything that decides. It is published as one, and live at once.

What concerns clinical work is proposed by one person and approved by another, unless the row of
RulebookApproval says otherwise.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from routing.models import (
    ComorbidityPair,
    Experiment,
    Loss,
    Rule,
    RulebookApproval,
    RulebookProposal,
    RulebookVersion,
    TaskType,
)
from routing.rulebook import restoring
from routing.rulebook.clinical import concerns_clinical_work
from routing.rulebook.soundness import findings_of, is_readable
from routing.types import Json
from usage.publishing import Publishing

PERMISSION = "routing.publish_rulebook"
EMPTY_CONTENT: Mapping[str, Any] = {"task_types": [], "rules": [], "loss_matrix": {}}
Content = Mapping[str, Json]


def needs_two_persons(content: Content) -> bool:
    """Tell whether a publication of this content waits for the approval of somebody else."""
    setting = RulebookApproval.objects.first()
    if setting is not None and not setting.for_clinical_work:
        return False
    live = RULEBOOK.live_version()
    return concerns_clinical_work(readable(live.content if live else None), readable(content))


def readable(content: Content | None) -> Content:
    """Return a content, or an empty one where there is none or nobody can read it."""
    return content if content is not None and is_readable(content) else EMPTY_CONTENT


def draft_content() -> dict[str, Json]:
    """Return what a publication made now would hold: task types, losses, and those rules,
    experiments and comorbidity pairs that are marked for it."""
    losses: dict[str, dict[str, float]] = defaultdict(dict)
    for row in Loss.objects.all():
        losses[row.needed][row.chosen] = float(row.loss)
    return {
        "task_types": [row.content() for row in TaskType.objects.order_by("slug")],
        "rules": [row.content() for row in Rule.objects.filter(is_published=True)],
        "loss_matrix": dict(losses),
        "experiments": [row.content() for row in Experiment.objects.filter(is_published=True)],
        "comorbidity_pairs": [
            row.content() for row in ComorbidityPair.objects.filter(is_published=True)
        ],
    }


RULEBOOK = Publishing(
    versions=RulebookVersion,
    proposals=RulebookProposal,
    permission=PERMISSION,
    kind="rulebook",
    lock=7_041_626_312,
    draft_content=draft_content,
    findings_of=findings_of,
    needs_two_persons=needs_two_persons,
    take_back=restoring.take_back,
    is_readable=is_readable,
)
live_version = RULEBOOK.live_version
publish = RULEBOOK.publish
roll_back = RULEBOOK.roll_back
approve = RULEBOOK.approve
withdraw = RULEBOOK.withdraw
