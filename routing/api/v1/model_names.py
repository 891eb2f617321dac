"""What it means that a client of a provider names a model."""

from typing import Any, Final

from usage.configuration import KeyGrant

ROUTED: Final = "auto"  # the model id that leaves the choice to the router


def meaning(grant: KeyGrant, name: str) -> dict[str, Any]:
    """Return what naming a model means for this client: that one, at most that one, or nothing."""
    use = grant.model_ids
    if name == ROUTED or use == "route":
        return {"model": None, "model_use": "route"}
    return {"model": name, "model_use": use, "may_override": use == "pin"}
