"""Writes the frames of the development authors as whole texts the name model is trained on.

    .venv/bin/python -m bench.phi.for_training

People, towns, streets and organizations become slots of phi/training/slots.py, which draws other
names for each note; the authors' own lists of names are not learned. Days and numbers are invented
as in every scene. The same authors give the same file.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

from bench.phi import development
from bench.phi.author_file import read
from bench.phi.marked import Marked, mark
from bench.phi.people import Habits
from bench.phi.scene import Scene

FRAMES: Final = Path(development.__file__).parent
WRITTEN: Final = Path(__file__).resolve().parents[2] / "phi/training/phrases/texts_authors.txt"
HEAD: Final = (
    "# Whole texts of the development authors, made by `python -m bench.phi.for_training`.\n"
)
FEWEST, SEED = 4, 20261
_WHO: Final = {
    **{"pt": "p", "pt2": "o", "rel": "r", "rel2": "o2", "kid": "o"},
    **{"doc": "c", "doc2": "c2", "doc3": "o2", "nurse": "c2"},
}
_NAMES: Final = {
    **{"full": ":", "firstlast": ":w", "middle3": ":w", "lastfirst": ":lf", "flast": ":il"},
    **{"firstl": ":fl", "first": ":f", "middle": ":f", "last": ":l", "preferred": ":n"},
    **{"initials": ":i", "tag": ":i", "snake": ":u", "camel": ":u"},
}
_PLACES: Final = {"employer": "{firm}", "place": "{city}", "weekday": "{weekday}"}
_ORGANIZATIONS: Final = ("{hosp}", "{hosp}", "{nh}", "{school}", "{church}", "{pharm}")
_LITERAL: Final = re.compile(r"\{([\w:]+)\}")  # would be a slot there
_AS_SLOTS: Final = str.maketrans("\u27e8\u27e9", "{}")


class _Slotted(Scene):
    """A scene whose people and places stay slots."""

    def slot(self, key: str) -> Marked:
        who, _, what = key.partition(".")
        if key.startswith("="):
            return _slot(_written_out(key[1:]))
        if who in {"org", "org2"}:
            return _slot(self.rng.choice(_ORGANIZATIONS))
        if who in _PLACES:
            return _slot(_PLACES[who])
        slot = _of_person(_WHO[who], what) if who in _WHO else ""
        return _slot(slot) if slot else super().slot(key)


def _slot(text: str) -> Marked:
    """Return a slot in brackets of its own: texts about code have braces too."""
    return mark(text.replace("{", "\u27e8").replace("}", "\u27e9"))


def _of_person(who: str, what: str) -> str:
    """Return the slot of a person's name or address; nothing for what is invented as it is."""
    kind, _, how = what.partition(".")
    if kind in _NAMES and how != "spelled":
        return f"{{{who}{_NAMES[kind]}}}".replace(":}", "}")
    slots = {"hl7": f"{{{who}:l}}^{{{who}:f}}", "city": "{city}", "street": "{addr}"}
    return {**slots, "address": "{addr}, {city}, {st} {zip}"}.get(kind, "")


def _written_out(key: str) -> str:
    """Return the slot for an identifier written out in a frame, its title before it."""
    head, _, text = key.partition(" ")
    category = head.partition(".")[0]
    if category == "address":
        return "{city}"
    if category == "organization" or head == "name.employer":
        return "{firm}"
    if category != "name":
        return text
    words = text.split()
    title = words[0] + " " if words[0].endswith(".") and len(words) > 1 else ""
    return title + ("{o2:l}" if title else "{o2:f}" if len(words) == 1 else "{o2:w}")


def texts_of(habits: Habits, frames: list[str], seed: str) -> Iterator[str]:
    """Yield some texts of one kind, each frame at least once."""
    for number in range(max(FEWEST, len(frames))):
        scene = _Slotted(Random(f"{seed}/{number}"), habits)
        text = _LITERAL.sub(r"(\1)", scene.fill(frames[number % len(frames)]).text)
        yield "\n".join(line for line in text.translate(_AS_SLOTS).splitlines() if line.strip())


def written() -> str:
    """Return the content of the file."""
    found: dict[str, None] = {}
    for path in sorted(FRAMES.glob("*.txt")):
        if "\n== " not in path.read_text():
            continue  # words that others include
        habits, kinds = read(path)
        for (style, _, _), frames in kinds.items():
            found |= dict.fromkeys(texts_of(habits, frames, f"{path.stem}/{style}/{SEED}"))
    return HEAD + "\n" + "\n\n".join(found) + "\n"


if __name__ == "__main__":
    WRITTEN.write_text(written())
