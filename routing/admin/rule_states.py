"""How each rule stands to what is in force: a mark on a draft is no publication."""

from collections.abc import Mapping
from typing import Any, Final

from routing.models import Rule
from routing.rulebook.publishing import live_version

IN_FORCE: Final = "In force"
EDITED: Final = "In force, with an edit that waits for publication"
LEAVES: Final = "In force until the next publication"
WAITS: Final = "Waits for publication"
ASIDE: Final = "Kept aside as a draft"


def states() -> dict[int, str]:
    """Return the state of every rule, by primary key."""
    version = live_version()
    live = {each["slug"]: each for each in version.content["rules"]} if version else {}
    return {rule.pk: _state(rule, live.get(rule.slug)) for rule in Rule.objects.all()}


def _state(rule: Rule, live: Mapping[str, Any] | None) -> str:
    if live is None:
        return WAITS if rule.is_published else ASIDE
    if not rule.is_published:
        return LEAVES
    # An edit that was taken back leaves a higher version that says the same.
    return IN_FORCE if {**rule.content(), "version": 0} == {**live, "version": 0} else EDITED
