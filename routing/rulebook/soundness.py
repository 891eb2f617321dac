"""What would keep a rulebook from being put into force, asked before anybody tries."""

from collections.abc import Mapping

from phi import policies
from routerproject.shared import clock
from routing import snapshot
from routing.select.conditions import validate_rule
from routing.select.loss import validate_matrix
from routing.snapshot.building import table_of
from routing.types import Json, RoutingTable
from usage import configuration
from usage.configuration import InvalidConfiguration


def findings_of(content: Mapping[str, Json]) -> list[str]:
    """Return what is wrong with a rulebook beside all else that is live, a sentence each."""
    try:
        usage = configuration.load()
        table = table_of(content, usage.version, usage.catalog)
    except InvalidConfiguration as invalid:
        return list(invalid.findings)
    trial = snapshot.Snapshot(
        usage.version, usage.accounts, table, policies.load(), built_at=clock.now()
    )
    return [*finer_findings(table), *served_findings(trial)]


def served_findings(trial: snapshot.Snapshot) -> list[str]:
    """Return what would keep a process from serving with a snapshot."""
    try:
        snapshot.validate(trial)
    except InvalidConfiguration as invalid:
        return list(invalid.findings)
    return []


def finer_findings(table: RoutingTable) -> list[str]:
    """Return what only the deciding code knows to be wrong with rules and losses."""
    findings = [
        f"{rule.slug}: {problem}"
        for rule in table.rules
        for problem in validate_rule(rule.conditions, rule.actions)
    ]
    tiers = sorted(table.catalog.tiers, key=table.catalog.rank)
    return [*findings, *validate_matrix(table.loss_matrix, tiers)]
