"""A Messages request for other clouds: the model is in the address, a version inside. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from routing.types import Candidate, Json

BEDROCK_VERSION: Final = "bedrock-2023-05-31"
VERTEX_VERSION: Final = "vertex-2023-10-16"


def bedrock_request(body: Mapping[str, Json], candidate: Candidate) -> dict[str, Any]:
    """Return a Messages request as Bedrock takes it."""
    return _without_model(body, BEDROCK_VERSION, "model", "stream")


def vertex_request(body: Mapping[str, Json], candidate: Candidate) -> dict[str, Any]:
    """Return a Messages request as Vertex takes it."""
    return _without_model(body, VERTEX_VERSION, "model")


def _without_model(body: Mapping[str, Json], version: str, *left_out: str) -> dict[str, Any]:
    kept = {name: value for name, value in body.items() if name not in left_out}
    return {"anthropic_version": version, **kept}
