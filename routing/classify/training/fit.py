"""From labelled requests to a model: the same artifact from the same requests, every time.

python-crfsuite fits it: a sequence of one item is a multinomial logistic regression, by L-BFGS with
an L2 penalty, and the library is here already. Whether the result is any good is for
`routing.evaluation` to say.
"""

import json
import math
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Final

import pycrfsuite

from routing.classify import wording
from routing.classify.facts import gather
from routing.classify.features import measure
from routing.classify.focus import read
from routing.classify.heuristics import judge
from routing.classify.learned import HEURISTICS, TIERS, Scores, load, own_features, pack
from routing.classify.training.labelled import LabelledRequest
from routing.classify.training.variations import varied

PENALTY: Final = 1.0
TEXT_SCALE: Final = 6.0
TRUST_IN_RULES: Final = 0.25
MOST_ROUNDS: Final = 200
# The rules were drawn to these requests, so what they say of them is better than it will ever be
# again; a model that saw it would trust them too far. Their words teach all the same.
RULES_KNOW: Final = frozenset({"first"})
TEMPERATURES: Final = tuple(0.5 + 0.05 * n for n in range(51))
Example = tuple[dict[str, float], str]


def train(
    requests: Sequence[LabelledRequest], untouched: Sequence[LabelledRequest], *, name: str
) -> bytes:
    """Return the artifact of a model fitted to `requests` and calibrated on `untouched` ones.

    Raises ValueError when a tier has no example.
    """
    if missing := set(TIERS) - {r.needed for r in requests}:
        raise ValueError(f"No labelled request needs {', '.join(sorted(missing))}.")
    named, hashed = fitted([example(r) for r in varied(requests)], TIERS)
    card = {
        "name": name,
        "requests": len(requests),
        "calibrated_on": len(untouched),
        "data_sha256": data_hash(requests, untouched),
        "penalty": PENALTY,
    }

    def packed(temperature: float) -> bytes:
        return pack(
            card=card, temperature=temperature, text_scale=TEXT_SCALE, named=named, hashed=hashed
        )

    return packed(_temperature(packed(1.0), untouched)) if untouched else packed(1.0)


def data_hash(*shares: Iterable[LabelledRequest]) -> str:
    """Return the SHA-256 of labelled requests in their order."""
    lines = [[asdict(request) for request in share] for share in shares]
    return sha256(json.dumps(lines, sort_keys=True).encode()).hexdigest()


def example(request: LabelledRequest) -> Example:
    """Return a request as features by name or bucket, with the tier it needs."""
    return features_of(request), request.needed


def features_of(request: LabelledRequest) -> dict[str, float]:
    """Return a request as features by name or bucket."""
    text = read(request.messages, request.system or None)
    facts = gather(text)
    found: dict[str, float] = defaultdict(float)
    if request.habit not in RULES_KNOW:
        said = judge(text, model=None).probabilities
        rules = [math.log(said[tier]) for tier in TIERS]
        for name, value in own_features(measure(facts), rules).items():
            found[f"n:{name}"] = value * (TRUST_IN_RULES if name.startswith(HEURISTICS) else 1.0)
    found["n:bias"] = 1.0
    for bucket, value in _words(facts.hits.words):
        found[str(bucket)] += value
    return dict(found)


def _words(spelled: Sequence[str]) -> list[wording.Feature]:
    words = wording.words_and_numbers(spelled)
    neighbors = wording.of_neighbors(words)
    features = [f for word in dict.fromkeys(words) for f in wording.of_word(word)]
    squares = wording.weight_of(features) + len(neighbors)
    scale = TEXT_SCALE / wording.length(squares)
    return [(b, v * scale) for b, v in features] + [(b, scale) for b in neighbors]


def fitted(
    examples: Iterable[Example], labels: tuple[str, ...]
) -> tuple[dict[str, Scores], dict[int, Scores]]:
    """Return the weights of named features and of buckets, by label in the order given."""
    weights = _weights(examples, labels)
    named = {n.removeprefix("n:"): row for n, row in weights.items() if n.startswith("n:")}
    for tier in TIERS:
        row = named.get(f"{HEURISTICS}{tier}", (0.0,) * len(labels))
        named[f"{HEURISTICS}{tier}"] = tuple([weight * TRUST_IN_RULES for weight in row])
    return named, {int(n): row for n, row in weights.items() if n.isdigit()}


def _weights(examples: Iterable[Example], labels: tuple[str, ...]) -> Mapping[str, Scores]:
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    for features, label in examples:
        trainer.append(pycrfsuite.ItemSequence([features]), [label])
    trainer.set_params(
        {
            "c1": 0.0,
            "c2": PENALTY,
            "max_iterations": MOST_ROUNDS,
            "feature.possible_states": True,
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "fitted")
        trainer.train(path)
        tagger = pycrfsuite.Tagger()
        tagger.open(path)
        states = tagger.info().state_features
        tagger.close()
    rows: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(labels))
    for (name, label), weight in states.items():
        rows[name][labels.index(label)] = weight
    return {name: tuple(row) for name, row in rows.items()}


def _temperature(artifact: bytes, untouched: Iterable[LabelledRequest]) -> float:
    """Return the temperature under which the untouched requests' tiers are least surprising."""
    model = load(artifact)
    told = []
    for request in untouched:
        said = judge(read(request.messages, request.system or None), model=model).probabilities
        told.append(([math.log(said[tier]) for tier in TIERS], TIERS.index(request.needed)))

    def surprise(temperature: float) -> float:
        total = 0.0
        for logs, right in told:
            powers = [math.exp(x / temperature) for x in logs]
            total -= math.log(powers[right] / sum(powers))
        return total

    best = min(TEMPERATURES, key=surprise)
    return round(best, 4)
