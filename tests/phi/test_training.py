"""The generated notes and the training of the model: the same seed gives the same."""

import json
import random
from io import StringIO
from pathlib import Path

import pycrfsuite
import pytest
from django.core.management import CommandError, call_command

from bench.phi import for_training
from phi.detect.features import cases_of, features
from phi.detect.sequence import DATA, LABELS, Model
from phi.detect.weights import OTHER
from phi.training.names import Names
from phi.training.notes import TRAINING, VALIDATION, notes
from phi.training.slots import Cast, phrases, texts
from phi.training.train import labeled

TINY = 0.004  # of the full training: some twenty notes


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model trained on a tiny share."""
    folder = tmp_path_factory.mktemp("tiny")
    call_command("train_phi_model", share=TINY, folder=folder, stdout=StringIO())
    return folder


def test_training_twice_gives_the_same_model(tiny: Path, tmp_path: Path) -> None:
    call_command("train_phi_model", share=TINY, folder=tmp_path, stdout=StringIO())
    assert (tmp_path / "names.crfsuite").read_bytes() == (tiny / "names.crfsuite").read_bytes()
    assert (tmp_path / "names.json").read_text() == (tiny / "names.json").read_text()


def test_another_seed_gives_another_model(tiny: Path, tmp_path: Path) -> None:
    call_command("train_phi_model", share=TINY, seed=21, folder=tmp_path, stdout=StringIO())
    assert (tmp_path / "names.crfsuite").read_bytes() != (tiny / "names.crfsuite").read_bytes()


def test_a_trained_model_can_be_used(tiny: Path) -> None:
    words = ["Seen", "with", "Maria", "Lopez", "."]
    labels = Model(tiny).labels(words, 0, 5, ["MM"] * 5)
    assert len(labels) == 5
    assert {label for label, _ in labels} <= {*LABELS, "O"}


@pytest.mark.parametrize("is_tiny", [True, False])
def test_the_kept_weights_say_what_the_tagger_says(tiny: Path, is_tiny: bool) -> None:
    folder = tiny if is_tiny else DATA
    model, tagger = Model(folder), pycrfsuite.Tagger()
    tagger.open(str(folder / "names.crfsuite"))
    for note in notes(11, 12, Names(is_held_back=True)):
        words, _ = labeled(note)
        cases = cases_of(words)
        tagger.set(features(words, 0, len(words), cases))
        for index, sure in enumerate(model.marginals(words, 0, len(words), cases)):
            assert sure[OTHER] == pytest.approx(tagger.marginal(OTHER, index), abs=1e-4)


def test_a_part_of_a_text_is_told_as_within_the_whole() -> None:
    words, _ = labeled(next(notes(12, 1, Names(is_held_back=True))))
    cases = cases_of(words)
    assert len(words) > 12
    whole = features(words, 0, len(words), cases)
    assert features(words, 6, 10, cases) == whole[6:10]


def test_a_word_is_told_how_often_it_stands_in_the_text() -> None:
    cases = cases_of(["Rose", "met", "rose", "and", "Rose", "."])
    assert [case[3:] for case in cases] == ["12", "10", "12", "10", "12", ""]


def test_the_committed_model_has_the_hash_of_its_data_sheet() -> None:
    sheet = json.loads((DATA / "names.json").read_text())
    assert Model().sha256() == sheet["sha256"]
    assert set(sheet["thresholds"]) == set(LABELS)
    assert sheet["bytes"] < 2_000_000


@pytest.mark.parametrize("options", [{"share": 0}, {"share": 2}, {"folder": Path("/nowhere")}])
def test_bad_options_train_nothing(options: dict[str, object]) -> None:
    with pytest.raises(CommandError):
        call_command("train_phi_model", **options)


@pytest.mark.parametrize("source", [TRAINING, VALIDATION])
def test_the_same_seed_gives_the_same_notes(source: object) -> None:
    names = Names(is_held_back=False)
    first = list(notes(3, 30, names, source))  # type: ignore[arg-type]
    assert first == list(notes(3, 30, names, source))  # type: ignore[arg-type]
    assert first != list(notes(4, 30, names, source))  # type: ignore[arg-type]


def test_labels_stand_where_names_are() -> None:
    for note in notes(5, 60, Names(is_held_back=True)):
        words, labels = labeled(note)
        assert len(words) == len(labels)
        for start, end, label in note.spans:
            assert 0 <= start < end <= len(note.text)
            assert label in LABELS


def test_clean_notes_have_no_labels() -> None:
    clean = [note for note in notes(6, 200, Names(is_held_back=False)) if "clean" in note.habit]
    assert clean
    assert not any(note.spans for note in clean)


@pytest.mark.parametrize(
    "file",
    [name for source in (TRAINING, VALIDATION) for kind in source for name in dict.fromkeys(kind)],
)
def test_every_phrase_can_be_filled(file: str) -> None:
    cast = Cast(random.Random(1), Names(is_held_back=False))
    for phrase in phrases(file):
        assert cast.filled(phrase)


@pytest.mark.parametrize("file", dict.fromkeys(TRAINING.texts))
def test_every_whole_text_can_be_filled(file: str) -> None:
    cast = Cast(random.Random(1), Names(is_held_back=False))
    assert len(texts(file)) > 90
    for text in texts(file):
        pieces = cast.filled(text)
        assert pieces
        assert "clean" not in file or {piece.label for piece in pieces} == {"O"}


def test_the_texts_of_development_authors_are_as_made_from_them() -> None:
    assert for_training.WRITTEN.read_text() == for_training.written()


def test_validation_names_are_not_trained_on() -> None:
    """A fifth of the lists is kept for tuning the thresholds."""
    chance = random.Random(7)
    trained = Names(is_held_back=False, invented=0, words=0)
    held_back = Names(is_held_back=True, invented=0, words=0)
    ours = {trained.person(chance).given for _ in range(500)}
    theirs = {held_back.person(chance).given for _ in range(500)}
    assert not {name for name in ours & theirs if "-" not in name and " " not in name}
