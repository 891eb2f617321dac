"""What a column holds goes through a document as it is, whatever it looks like."""

from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routerproject.shared import yaml_text
from routing.models import Rule, TaskType
from tests.routing.exchange.test_round_trip import texts
from usage.exchange.values import given as said
from usage.exchange.values import looks_secret, taken
from usage.models import ModelCard, Price, Tier

scalars = (
    texts
    | st.booleans()
    | st.none()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
)
keys = texts.filter(bool)
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=6
)
COLUMNS = [
    (TaskType, "description", texts),
    (ModelCard, "best_for", texts),
    (TaskType, "fallback", st.lists(texts)),
    (TaskType, "escalate_below", st.floats(0, 1)),
    (TaskType, "is_code", st.booleans()),
    (TaskType, "slo_ms", st.none() | st.integers(0, 2**31 - 1)),
    (ModelCard, "retires_on", st.none() | st.dates()),
    (Price, "long_input_usd", st.none() | st.decimals(0, 99_999, places=6)),
    (Price, "valid_from", st.datetimes(timezones=st.just(UTC))),
    (Tier, "availability_target_percent", st.none() | st.decimals(0, 100, places=2)),
    (Rule, "conditions", st.dictionaries(keys, json_values)),
]


@pytest.mark.parametrize(("model", "name", "values"), COLUMNS, ids=[c[1] for c in COLUMNS])
def test_a_value_is_read_as_it_was_written(model, name, values):
    """Exactly: no text becomes a number, no decimal a float."""
    column = model._meta.get_field(name)

    @settings(max_examples=40)
    @given(values)
    def check(value):
        text = yaml_text.write({"x": said(column, value)})
        assert taken(column, yaml_text.read(text).values["x"]) == value

    check()


@pytest.mark.parametrize(
    ("text", "is_secret"),
    [
        ("sk-ant-api03-abcdefghijklmnop", True),
        ("the key is sk-proj-0123456789abcdef", True),
        ("AKIAIOSFODNN7EXAMPLE", True),
        ("cmr_abcd1234_" + "x" * 43, True),
        ("Bearer abcdefghijklmnopqrst", True),
        ("https://user:word@example.org", True),
        ("-----BEGIN RSA PRIVATE KEY-----", True),
        ("env:ANTHROPIC_API_KEY", False),
        ("vault:secret/data/router#key", False),
        ("risk-adjusted-task-selection-for-sonnet", False),
        ("https://docs.anthropic.com/en/docs/about-claude/pricing", False),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", False),
    ],
)
def test_what_looks_like_a_secret(text, is_secret):
    """References, ids and addresses do not."""
    assert looks_secret(text) is is_secret
