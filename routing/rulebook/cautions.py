"""What is sound about drafts, but hardly what somebody meant."""

from collections.abc import Mapping

from routing.rulebook.overlaps import warnings_about
from routing.rulebook.publishing import draft_content
from routing.rulebook.reach import Known
from routing.types import Json, Rule
from usage import accounts


def cautions_about(content: Mapping[str, Json]) -> list[str]:
    """Return a sentence for each rule that applies always, never, or never first.

    Nothing where the content is malformed, which its findings tell.
    """
    try:
        return warnings_about([Rule(**entry) for entry in content["rules"]], _known(content))
    except (KeyError, TypeError, ValueError, AttributeError):
        return []


def cautions_about_rule(rule: Rule, *, replacing: str = "") -> list[str]:
    """Return what the drafts would be warned of because of one rule, published or not.

    `replacing` is the slug of the draft whose place it takes.
    """
    content = draft_content()
    known = _known(content)
    gone = {rule.slug, replacing}
    others = [Rule(**entry) for entry in content["rules"] if entry["slug"] not in gone]
    old = set(warnings_about(others, known))
    return [each for each in warnings_about([*others, rule], known) if each not in old]


def _known(content: Mapping[str, Json]) -> Known:
    return Known(
        task_types={e["slug"]: e["is_patient_facing"] for e in content["task_types"]},
        callers=frozenset(accounts.callers()),
    )
