"""The weights of the model of names are read as crfsuite tells them, and before the first text."""

import pycrfsuite

from phi.detect import sequence
from phi.detect.weights import NAMED, OTHER, weights_of
from routing import pipeline

MODEL = sequence.DATA / "names.crfsuite"


def test_weights_are_those_that_the_library_reads():
    tagger = pycrfsuite.Tagger()
    tagger.open(str(MODEL))
    info = tagger.info()
    weights = weights_of(MODEL)
    assert weights.labels == set(info.labels)
    assert weights.transitions == info.transitions
    told = weights.features
    assert set(told.rows) == {feature for feature, _ in info.state_features}
    for feature in told.rows:
        none = info.state_features.get((feature, OTHER), 0.0)
        odds = tuple(info.state_features.get((feature, n), 0.0) - none for n in NAMED)
        assert told.odds_of([feature, "no such feature"]) == odds


def test_warm_up_reads_the_model_of_names():
    """Else the first text with a name would hold up everybody for a tenth of a second."""
    sequence.shared.cache_clear()
    pipeline.warm_up()
    assert sequence.shared.cache_info().currsize == 1
