"""What would keep a rulebook from being put into force, asked before anybody tries."""

from collections.abc import Mapping
from typing import Final

from phi import policies
from routerproject.shared import clock
from routing import snapshot
from routing.snapshot.building import table_of
from routing.types import Json
from usage import configuration
from usage.catalog import Catalog
from usage.configuration import InvalidConfiguration

NO_CATALOG: Final = Catalog({}, {}, {}, {}, {})


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
    return served_findings(trial)


def is_readable(content: Mapping[str, Json]) -> bool:
    """Return whether a content is shaped like a rulebook, whatever it names."""
    try:
        table_of(content, 0, NO_CATALOG)
    except InvalidConfiguration:
        return False
    return True


def served_findings(trial: snapshot.Snapshot) -> list[str]:
    """Return what would keep a process from serving with a snapshot."""
    try:
        snapshot.validate(trial)
    except InvalidConfiguration as invalid:
        return list(invalid.findings)
    return []
