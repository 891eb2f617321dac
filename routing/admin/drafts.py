"""The drafts of the rulebook, and what is said of their publication."""

from collections.abc import Mapping

from routerproject.shared.admin import Difference
from routing.admin.rulebook_changes import differences
from routing.rulebook.publishing import RULEBOOK, readable
from routing.types import Json
from usage.admin import drafts
from usage.admin.room import OfRoom

Content = Mapping[str, Json]


class OfRulebook(OfRoom):
    room = RULEBOOK
    noun = "rulebook"
    together = "All drafts together become the rulebook that decides."
    approval = " It concerns clinical work, so somebody else has to approve."
    proposed = (
        "Proposed, since it concerns clinical work. It decides once somebody else approved it."
    )
    taking_back = (
        "What was edited and not published is given up; what decides now stays as it is. Rules,"
        " experiments and comorbidity pairs that are not in force are kept as drafts that no"
        " publication takes along."
    )

    def differences(self, before: Content | None, after: Content) -> list[Difference]:
        return differences(readable(before), readable(after))


class DraftForm(drafts.DraftForm):
    room = RULEBOOK


class DraftAdmin(OfRulebook, drafts.DraftAdmin):
    """An admin of what the rulebook is made of."""

    form = DraftForm
