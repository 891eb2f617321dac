"""What a content block must hold to be one of its kind: what an answer is read, shown and restored
by. Pure.

Kinds that are not known here pass as they are; of what is known, too little makes no answer.
"""

from collections.abc import Mapping
from typing import Final

from routing.types import Json

# kind -> its members, with the type of each
_WHOLE: Final[Mapping[str, Mapping[str, type]]] = {
    "text": {"text": str},
    "thinking": {"thinking": str},
    "redacted_thinking": {"data": str},
    "tool_use": {"id": str, "name": str, "input": dict},
}


def checked(block: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return a block, whole or as a stream begins it. Raises KeyError or TypeError for none."""
    kind = block["type"]
    if not isinstance(kind, str):
        raise TypeError("A block without a type.")
    for member, type_ in _WHOLE.get(kind, {}).items():
        if not isinstance(block[member], type_):
            raise TypeError("A block without what its kind has.")
    if not isinstance(block.get("signature", ""), str):
        raise TypeError("A signature that is none.")
    return block
