"""The drafts of what protects identifiers, and what is said of their publication."""

from collections.abc import Iterable, Mapping
from typing import Any

from phi.policies import completed
from phi.publishing import EMPTY_CONTENT, POLICIES
from routerproject.shared.admin import Difference, between
from usage.admin import drafts
from usage.admin.room import OfRoom

Content = Mapping[str, Any]


class OfPolicies(OfRoom):
    room = POLICIES
    noun = "PHI policies"
    together = "All drafts of policies, recognizers and allowed phrases come into force together."
    approval = " Somebody else has to approve."
    proposed = "Proposed. It decides once somebody else approved it."
    taking_back = (
        "What was edited and not published is given up; what decides now stays as it is. Policies"
        " and recognizers that are not in force are kept, switched off; phrases that are not in"
        " force are deleted."
    )

    def differences(self, before: Content | None, after: Content) -> list[Difference]:
        return differences(before or EMPTY_CONTENT, after)


class DraftForm(drafts.DraftForm):
    room = POLICIES


class DraftAdmin(OfPolicies, drafts.DraftAdmin):
    """An admin of what decides about identifiers."""

    form = DraftForm


def differences(before: Content, after: Content) -> list[Difference]:
    """Return what the second content changes of the first."""
    return [
        *between("policy", _named(before, "policies"), _named(after, "policies")),
        *between("recognizer", _named(before, "recognizers"), _named(after, "recognizers")),
        *between("allowed phrase", _phrases(before), _phrases(after)),
    ]


def _named(content: Content, part: str) -> dict[str, Content]:
    """Return the entries of a part by name, without their versions, which only count edits."""
    rows: Iterable[Content] = content[part]
    if part == "policies":
        return {row["slug"]: _deciding(completed(row)) for row in rows}
    return {f"{row['slug']} ({row['tenant'] or 'every tenant'})": _deciding(row) for row in rows}


def _deciding(row: Content) -> Content:
    return {name: row[name] for name in row.keys() - {"version"}}


def _phrases(content: Content) -> dict[str, Content]:
    rows = content["allowed_phrases"]
    return {f'"{row["phrase"]}" ({row["tenant"] or "every tenant"})': row for row in rows}
