"""Trains the sequence model and sets its thresholds on notes of another generator.

The same seed, share and version of python-crfsuite give the same file on the same machine.
"""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pycrfsuite

from phi.detect.features import cases_of, features
from phi.detect.sequence import LABELS, Model, is_vocabulary
from phi.detect.weights import OTHER
from phi.detect.words import TOKEN
from phi.training.names import Names
from phi.training.notes import TRAINING, VALIDATION, Note, notes

FULL: Final = 9_000  # notes
ITERATIONS: Final = 80
UNTOLD: Final = 0.15  # share of words whose neighboring words are left out
PARAMETERS: Final = {"c1": 0.3, "c2": 0.05, "feature.minfreq": 3}
# False alarms allowed per 1,000 words of validation notes; the lowest threshold within is taken.
ALLOWED: Final = {"N": 4.5, "A": 1.0, "G": 1.0}
_GRID: Final = tuple(step / 20 for step in range(6, 20))
Progress = Callable[[str, float], None]


def labeled(note: Note) -> tuple[list[str], list[str]]:
    """Return the words of a note and the label of each."""
    words: list[str] = []
    labels: list[str] = []
    spans = iter((*note.spans, (1 << 40, 1 << 40, OTHER)))
    start, end, label = next(spans)
    for match in TOKEN.finditer(note.text):
        while end <= match.start():
            start, end, label = next(spans)
        words.append(match[0])
        labels.append(label if start < match.end() else OTHER)
    return words, labels


def train(folder: Path, *, seed: int, share: float, progress: Progress) -> dict[str, Any]:
    """Write names.crfsuite and names.json into the folder and return the data sheet."""
    count = max(20, round(FULL * share))
    path = folder / "names.crfsuite"
    words = _fit(path, seed, count, progress)
    sheet: dict[str, Any] = {
        "labels": {"N": "name", "A": "place", "G": "organization"},
        "training": {"notes": count, "words": words, "seed": seed, **PARAMETERS},
        "validation": {"notes": max(20, count // 4), "seed": seed + 1},
        "python-crfsuite": version("python-crfsuite"),
        "thresholds": dict.fromkeys(LABELS, 0.5),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
    }
    _write(folder, sheet)
    found = _marginals(Model(folder), seed + 1, max(20, count // 4), progress)
    sheet["thresholds"] = {label: _threshold(found, label) for label in LABELS}
    sheet["validation"].update(_figures(found, sheet["thresholds"]))
    _write(folder, sheet)
    return sheet


def _write(folder: Path, sheet: dict[str, Any]) -> None:
    (folder / "names.json").write_text(json.dumps(sheet, indent=2) + "\n")


def _fit(path: Path, seed: int, count: int, progress: Progress) -> int:
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    chance = random.Random(seed)  # noqa: S311 - no secret
    total = 0
    for index, note in enumerate(notes(seed, count, Names(is_held_back=False), TRAINING)):
        words, labels = labeled(note)
        total += len(words)
        told = features(words, 0, len(words), cases_of(words))
        trainer.append([_partly(chance, one) for one in told], labels)
        progress("notes", (index + 1) / count)
    trainer.set_params({**PARAMETERS, "max_iterations": ITERATIONS})
    trainer.message = _Iterations(progress)
    trainer.train(str(path))
    return total


def _partly(chance: random.Random, told: list[str]) -> list[str]:
    """Return features as of a neighborhood with words never met, now and then."""
    if chance.random() < 1 - UNTOLD:
        return told
    return [feature for feature in told if feature[0] not in "<>l" or feature[1:2] == "c"]


class _Iterations:
    """Turns the trainer's log into progress."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __call__(self, message: str) -> None:
        if "Iteration #" in message:
            number = int(message.split("#")[1].split()[0])
            self._progress("training", number / ITERATIONS)


@dataclass(frozen=True, slots=True)
class _Word:
    """One word of a validation note: its label, and how sure the model is of each."""

    text: str
    label: str
    sure: dict[str, float]


def _marginals(model: Model, seed: int, count: int, progress: Progress) -> list[_Word]:
    found: list[_Word] = []
    for index, note in enumerate(notes(seed, count, Names(is_held_back=True), VALIDATION)):
        words, labels = labeled(note)
        if not words:
            continue
        sure = model.marginals(words, 0, len(words), cases_of(words))
        found += [
            _Word(word, label, one)
            for word, label, one in zip(words, labels, sure, strict=True)
            if word[0].isalnum()
        ]
        progress("validation", (index + 1) / count)
    return found


def _threshold(found: list[_Word], label: str) -> float:
    allowed = ALLOWED[label] * len(found) / 1000
    for threshold in _GRID:
        if _false_alarms(found, label, threshold) <= allowed:
            return threshold
    return _GRID[-1]


def _false_alarms(found: list[_Word], label: str, threshold: float) -> int:
    return sum(
        word.label == OTHER
        and _best(word) == label
        and 1 - word.sure[OTHER] >= threshold
        and not is_vocabulary(word.text)
        for word in found
    )


def _best(word: _Word) -> str:
    return max(LABELS, key=lambda label: word.sure[label])


def _figures(found: list[_Word], thresholds: dict[str, float]) -> dict[str, Any]:
    """Return shares of words missed per label and false alarms per 1,000 words."""
    seen: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for word in found:
        seen[word.label] += 1
        missed[word.label] += 1 - word.sure[OTHER] < thresholds[_best(word)]
    alarms = seen[OTHER] - missed[OTHER]
    return {
        "words": len(found),
        "missed_percent": {label: round(100 * missed[label] / seen[label], 2) for label in LABELS},
        "false_alarms_per_1000_words": round(1000 * alarms / len(found), 2),
    }
