"""The same requests as hurried or polite people type them, so that neither teaches anything.

And with something pasted above or below them, so that a request is told from what it is about.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from routing.classify.training.labelled import FOLDER, LabelledRequest

LEAST_LETTERS: Final = 5
SLIPS_IN_WORDS: Final = 0.25
COURTESIES: Final = (
    *("Hello, {}", "Good morning! {}", "{} Thank you", "Hola, {}", "{} gracias"),
    *("Hi, quick question: {}", "{} thx", "Dear assistant, {} Best regards"),
)
GENERATED: Final = frozenset({"frames"})  # there are enough of these
RECORDS: Final = FOLDER / "records.txt"
CALM: Final = "calm"
# A usual question of these kinds is another one beside the chart of somebody gravely ill.
ASKS_OF_A_PATIENT: Final = frozenset(
    {"medication_check", "drug_interaction", "clinical_decision_support", "patient_conversation"}
    | {"formulary_recommendation", "patient_message_reply", "diagnostic_differential"}
)


def varied(requests: Iterable[LabelledRequest]) -> Iterator[LabelledRequest]:
    """Yield each request, once more with slips of the hand, with a courtesy, and with a record.

    The dice fall by the text, so the same requests vary in the same way every time.
    """
    pasted = records()
    for request in requests:
        yield request
        if request.habit not in GENERATED:
            dice = random.Random(request.text)  # noqa: S311 (examples, not secrets)
            yield replace(request, text=_slipped(request.text, dice))
            yield replace(request, text=dice.choice(COURTESIES).replace("{}", request.text))
            if not (request.system or request.tool_result or "\n" in request.text):
                around = dice.choice(_fitting(pasted, request))
                yield replace(request, text=around.replace("{}", request.text))


def records(path: Path = RECORDS) -> list[tuple[str, str]]:
    """Return what is pasted around requests: whether it is calm or grave, and the text with {}."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line.split(" | ", 1) for line in lines if line and not line.startswith("#")]
    return [(kind, text.replace("\\n", "\n")) for kind, text in rows]


def _fitting(pasted: list[tuple[str, str]], request: LabelledRequest) -> list[str]:
    is_usual = request.needed != "opus" and request.task_type in ASKS_OF_A_PATIENT
    return [text for kind, text in pasted if kind == CALM or not is_usual]


def _slipped(text: str, dice: random.Random) -> str:
    return " ".join(
        _slip(word, dice) if _can_slip(word) and dice.random() < SLIPS_IN_WORDS else word
        for word in text.split(" ")
    )


def _can_slip(word: str) -> bool:
    return len(word) >= LEAST_LETTERS and word.isalpha()


def _slip(word: str, dice: random.Random) -> str:
    """Return a word with a letter lost, doubled, or swapped with the next."""
    at = dice.randrange(1, len(word) - 1)
    before, letter, after = word[:at], word[at], word[at + 1 :]
    return dice.choice(
        [before + after, before + letter * 2 + after, before + after[:1] + letter + after[1:]]
    )
