"""What admins edited, as one immutable object in memory, renewed within a second of an edit."""

from routing.snapshot.building import Snapshot, build
from routing.snapshot.findings import validate
from routing.snapshot.keeper import SnapshotKeeper
from usage.configuration import InvalidConfiguration

__all__ = ["InvalidConfiguration", "Snapshot", "SnapshotKeeper", "build", "validate"]
