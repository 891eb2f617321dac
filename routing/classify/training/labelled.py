"""Labelled requests: text files of one author's habit each, a request per line.

    TIERS[@es][!] task_type | text
    so! diagnostic_differential | 34F, dyspnea, ...

`TIERS` are the first letters of the acceptable tiers, the needed one first; `!` marks work where a
lower tier may harm a patient. In the text, `a ||| b` is a system prompt and a message, `a ||< b` a
message and the tool result after it, and `\\n` a line break. A `%slot%` is filled from slots.txt.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from routing.classify.training.frames import slots, written_out
from routing.types import Json

FOLDER: Final = Path(__file__).parent / "labelled"
TIERS: Final = ("haiku", "sonnet", "opus")
_LETTERS: Final = {tier[0]: tier for tier in TIERS}
_SYSTEM, _TOOL = " ||| ", " ||< "


@dataclass(frozen=True, slots=True)
class LabelledRequest:
    """One request with the lowest tier that is good enough, and all that are acceptable."""

    text: str
    needed: str
    acceptable: tuple[str, ...]
    task_type: str
    language: str = "en"
    is_critical: bool = False
    habit: str = ""  # who writes like this
    system: str = ""
    tool_result: str = ""

    @property
    def messages(self) -> tuple[Mapping[str, Json], ...]:
        """Return the request as the messages that a caller would send."""
        asked: Mapping[str, Json] = {"role": "user", "content": self.text}
        if not self.tool_result:
            return (asked,)
        use = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
        result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": self.tool_result}
        return (
            asked,
            {"role": "assistant", "content": [use]},
            {"role": "user", "content": [result]},
        )


def share(name: str, folder: Path = FOLDER) -> list[LabelledRequest]:
    """Return the requests of `train`, `calibration` or `test`.

    Raises ValueError naming file and line where one is malformed.
    """
    choices = slots(folder / "slots.txt")
    return [r for path in sorted((folder / name).glob("*.txt")) for r in read(path, choices)]


def read(path: Path, choices: Mapping[str, list[str]]) -> Iterator[LabelledRequest]:
    """Yield the requests of one file."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line and not line.startswith("#"):
            try:
                for written in written_out(line, choices):
                    yield parse(written, habit=path.stem)
            except (LookupError, ValueError) as error:
                raise ValueError(f"{path.name}, line {number}: not a labelled request") from error


def parse(line: str, *, habit: str = "") -> LabelledRequest:
    """Return one line as a request. Raises LookupError or ValueError."""
    head, text = line.split(" | ", 1)
    label, task_type = head.split(" ")
    letters, _, language = label.rstrip("!").partition("@")
    tiers = tuple(_LETTERS[letter] for letter in letters)
    system, text = text.split(_SYSTEM, 1) if _SYSTEM in text else ("", text)
    text, _, tool_result = text.partition(_TOOL)
    return LabelledRequest(
        text=_lines(text),
        needed=tiers[0],
        acceptable=tiers,
        task_type=task_type,
        language=language or "en",
        is_critical=label.endswith("!"),
        habit=habit,
        system=_lines(system),
        tool_result=_lines(tool_result),
    )


def _lines(text: str) -> str:
    return text.replace("\\n", "\n").strip()
