"""What could not be served from: as it is live, and as the drafts would be."""

from collections.abc import Iterable
from typing import Any

from phi import policies
from routerproject.shared import clock
from routing import snapshot
from routing.models import Experiment, Rule
from routing.rulebook.publishing import draft_content, finer_findings
from routing.snapshot.building import table_of
from routing.types import Json
from usage import configuration
from usage.configuration import InvalidConfiguration

TWICE = "There are two experiments"


def findings(named: Iterable[tuple[type[Any], str]] = ()) -> list[str]:
    """Return what is wrong with what is live and with the drafts, a sentence each.

    Rules and experiments among the named rows are examined as if they were marked for
    publication: a draft that names what does not exist is refused now, not then.
    """
    drafts = draft_content()
    unmarked = _of_unmarked(drafts, named)
    found = [*_live(), *_of(drafts)]
    if unmarked is not drafts:
        found += [each for each in _of(unmarked) if not each.startswith(TWICE)]
    return list(dict.fromkeys(found))


def _live() -> list[str]:
    try:
        snapshot.validate(snapshot.build())
    except InvalidConfiguration as invalid:
        return list(invalid.findings)
    return []


def _of(content: dict[str, Json]) -> list[str]:
    try:
        usage = configuration.load()
        table = table_of(content, usage.version, usage.catalog)
    except InvalidConfiguration as invalid:
        return list(invalid.findings)
    found = list(finer_findings(table))
    trial = snapshot.Snapshot(
        usage.version, usage.accounts, table, policies.load(), built_at=clock.now()
    )
    try:
        snapshot.validate(trial)
    except InvalidConfiguration as invalid:
        found += invalid.findings
    return found


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
