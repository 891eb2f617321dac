"""What could not be served from: as it is live, and as the drafts would be."""

from collections.abc import Iterable
from typing import Any

from routing import snapshot
from routing.models import Experiment, Rule
from routing.rulebook.publishing import draft_content
from routing.rulebook.soundness import findings_of, served_findings
from routing.types import Json
from usage.configuration import InvalidConfiguration

TWICE = "There are two experiments"


def findings(named: Iterable[tuple[type[Any], str]] = ()) -> list[str]:
    """Return what is wrong with what is live and with the drafts, a sentence each.

    Rules and experiments among the named rows are examined as if they were marked for
    publication: a draft that names what does not exist is refused now, not then.
    """
    drafts = draft_content()
    unmarked = _of_unmarked(drafts, named)
    found = [*_live(), *findings_of(drafts)]
    if unmarked is not drafts:
        found += [each for each in findings_of(unmarked) if not each.startswith(TWICE)]
    return list(dict.fromkeys(found))


def _live() -> list[str]:
    try:
        return served_findings(snapshot.build())
    except InvalidConfiguration as invalid:
        return list(invalid.findings)


def _of_unmarked(content: dict[str, Json], named: Iterable[tuple[type[Any], str]]) -> Any:
    """Return the drafts with those named rows that are not marked for publication."""
    slugs: dict[type[Any], list[str]] = {Rule: [], Experiment: []}
    for model, slug in named:
        slugs.get(model, []).append(slug)
    more = {
        part: [
            row.content() for row in model.objects.filter(slug__in=slugs[model], is_published=False)
        ]
        for part, model in (("rules", Rule), ("experiments", Experiment))
    }
    if not any(more.values()):
        return content
    return {**content, **{part: [*content[part], *rows] for part, rows in more.items()}}
