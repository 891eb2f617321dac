"""The learned model: what it is made of, what it keeps, and what it refuses to read."""

import zlib

import pytest

from routing.classify import wording
from routing.classify.focus import read
from routing.classify.heuristics import judge
from routing.classify.learned import MAGIC, MalformedModel, load, pack, version_of
from routing.classify.shipped import FILE, SHIPPED
from routing.classify.training.fit import data_hash, train
from routing.classify.training.labelled import parse, share


def artifact(**changes):
    """Return a model that says nothing, with these parts changed."""
    plain = {"card": {}, "temperature": 1.0, "text_scale": 1.0, "named": {}, "hashed": {}}
    return pack(**{**plain, **changes})


def verdict(text, model=SHIPPED):
    return judge(read([{"role": "user", "content": text}]), model=model)


@pytest.fixture(scope="module")
def some():
    """A few of each tier, enough to fit a small model in a moment."""
    return share("train")[::20]


def test_the_shipped_model_is_what_the_labelled_requests_make():
    """Whoever edits them trains again: manage.py train_classifier."""
    assert SHIPPED.card["data_sha256"] == data_hash(share("train"), share("calibration"))


def test_the_same_requests_make_the_same_model(some):
    """Byte by byte, so that a model can be checked against its data."""
    assert train(some, some[:20], name="x") == train(some, some[:20], name="x")


def test_a_tier_without_examples_cannot_be_learned(some):
    """A model that never says Opus would be worse than none."""
    with pytest.raises(ValueError, match="opus"):
        train([r for r in some if r.needed != "opus"], [], name="x")


def test_the_artifact_holds_no_word_of_any_request(some):
    """Words are hashed: a vocabulary would keep names."""
    content = train([*some, parse("h extraction | Zanzibarova record")], [], name="x")
    plain = zlib.decompress(content[len(MAGIC) :])
    assert b"anzibar" not in plain.lower()


def test_a_verdict_names_its_model():
    """So that a later replay knows who spoke."""
    assert (
        verdict("Summarize this").model_version == SHIPPED.version == version_of(FILE.read_bytes())
    )
    assert verdict("Summarize this").source == "classifier"


def test_without_a_model_the_rules_speak_alone():
    assert verdict("Summarize this", None).source == "heuristics"
    assert not verdict("Summarize this", None).model_version


def test_reasons_tell_no_word_of_the_text():
    """The wording counts, and is not quoted."""
    found = verdict("Zebrafish Quarantine: please brief the trustees on it")
    assert "ebrafish" not in repr(found.reasons)
    assert found.reasons


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no model",
        MAGIC,
        MAGIC + b"\x00",
        MAGIC + zlib.compress(b"{}\n"),
        artifact(temperature=0.0),
        artifact(temperature=float("nan")),
        artifact(named={"clinical": (float("inf"), 0, 0)}),
        MAGIC + zlib.compress(b"x" * 50_000_000),
    ],
    ids=range(9),
)
def test_what_is_no_model_is_refused(content):
    """With one error, whatever is wrong, and without unpacking a bomb."""
    with pytest.raises(MalformedModel):
        load(content)


def test_any_number_reads_like_any_other():
    """No value was seen twice; that there is one says something."""
    assert wording.words_and_numbers(["k", "71", "now"]) == ["k", "#", "now"]


def test_case_and_accents_make_no_difference():
    """The words are in one plain spelling before they are weighed."""
    assert (
        verdict("¿DOSIS HABITUAL DE METFORMINA?").probabilities
        == verdict("¿dosis habitual de metformina?").probabilities
    )


def test_what_the_wording_adds_is_the_sum_over_its_words_and_neighbors():
    hashed = {bucket: (bucket % 7 - 3.0, bucket % 5 - 2.0, 1.0) for bucket in range(0, 65536, 3)}
    model = load(pack(card={}, temperature=2.0, text_scale=1.5, named={}, hashed=hashed))
    read_ = wording.read(["seen", "on", "12", "march", "seen"])
    assert read_.words == ("seen", "on", "#", "march")
    features = [one for word in read_.words for one in wording.of_word(word)]
    features += [(bucket, 1.0) for bucket in read_.neighbors]
    scale = 1.5 / wording.length(wording.weight_of(features)) / 2.0
    sums = [sum(hashed.get(b, (0, 0, 0))[i] * value for b, value in features) for i in range(3)]
    scores = model.scores({}, (0.0, 0.0, 0.0), read_)["wording"]
    assert scores == pytest.approx([each * scale for each in sums], abs=0.02)
