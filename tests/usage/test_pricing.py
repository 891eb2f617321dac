"""What tokens cost: exact, rounded up once, and never more than the worst case."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routerproject.shared.money import MAX_NANO_USD, from_usd, to_usd, usd_text
from usage.catalog import LongContext, Price
from usage.pricing import (
    IMAGE_TOKENS,
    REQUEST_FRAME_TOKENS,
    TokenCounts,
    cost,
    image_tokens,
    is_far_below,
    worst_case,
)

tokens = st.builds(
    TokenCounts, *[st.integers(0, 2_000_000)] * 2, st.just(0), *[st.integers(0, 9**6)] * 3
)
usd = st.decimals(min_value=0, max_value=1_000, places=6, allow_nan=False, allow_infinity=False)
steps = st.builds(LongContext, st.integers(1, 3_000_000), usd, usd, usd, usd, usd)
prices = st.builds(
    Price,
    id=st.just(1),
    model_id=st.just("m"),
    valid_from=st.just(datetime(2026, 1, 1, tzinfo=UTC)),
    input_usd=usd,
    output_usd=usd,
    cache_write_5m_usd=usd,
    cache_write_1h_usd=usd,
    cache_read_usd=usd,
    batch_multiplier=st.sampled_from([Decimal("0.5"), Decimal(1)]),
    long_context=st.none() | steps,
)
STEP = LongContext(
    above_tokens=200_000,
    input_usd=Decimal(2),
    output_usd=Decimal("7.5"),
    cache_write_5m_usd=Decimal("2.5"),
    cache_write_1h_usd=Decimal(4),
    cache_read_usd=Decimal("0.2"),
)


def price(**changes) -> Price:
    values = {
        "id": 1,
        "model_id": "claude-haiku-4-5-20251001",
        "valid_from": datetime(2026, 1, 1, tzinfo=UTC),
        "input_usd": Decimal(1),
        "output_usd": Decimal(5),
        "cache_write_5m_usd": Decimal("1.25"),
        "cache_write_1h_usd": Decimal(2),
        "cache_read_usd": Decimal("0.1"),
    }
    return Price(**{**values, **changes})


def exact(counts: TokenCounts, at: Price, *, is_batch: bool) -> Fraction:
    """Return the cost in nano-USD, not rounded."""
    read = (
        counts.input_tokens
        + counts.cache_creation_5m_input_tokens
        + counts.cache_creation_1h_input_tokens
        + counts.cache_read_input_tokens
    )
    step = at.long_context
    rates = step if step is not None and read > step.above_tokens else at
    millionths = (
        Fraction(rates.input_usd) * counts.input_tokens
        + Fraction(rates.output_usd) * counts.output_tokens
        + Fraction(rates.cache_write_5m_usd) * counts.cache_creation_5m_input_tokens
        + Fraction(rates.cache_write_1h_usd) * counts.cache_creation_1h_input_tokens
        + Fraction(rates.cache_read_usd) * counts.cache_read_input_tokens
    )
    return millionths * 1_000 * (Fraction(at.batch_multiplier) if is_batch else 1)


@pytest.mark.parametrize(
    ("counts", "is_batch", "nano_usd"),
    [
        (TokenCounts(), False, 0),
        (TokenCounts(input_tokens=1), False, 1_000),
        (TokenCounts(output_tokens=1), False, 5_000),
        (TokenCounts(output_tokens=1, thinking_tokens=1), False, 5_000),
        (TokenCounts(cache_creation_5m_input_tokens=1), False, 1_250),
        (TokenCounts(cache_creation_1h_input_tokens=1), False, 2_000),
        (TokenCounts(cache_read_input_tokens=1), False, 100),
        (TokenCounts(input_tokens=1_000_000, output_tokens=1_000_000), False, 6_000_000_000),
        (TokenCounts(input_tokens=1_000, output_tokens=100), True, 750_000),
    ],
)
def test_cost_by_kind_of_token(counts, is_batch, nano_usd):
    assert cost(counts, price(), is_batch=is_batch) == nano_usd


def test_fraction_of_a_nano_is_rounded_up_once():
    """Three tokens at a third of a nano each are one nano, not three."""
    cheap = price(
        input_usd=Decimal("0.000333"), output_usd=Decimal("0.000333"), cache_read_usd=Decimal(0)
    )
    assert cost(TokenCounts(input_tokens=1, output_tokens=2), cheap) == 1
    assert cost(TokenCounts(input_tokens=3, output_tokens=1), cheap) == 2


@given(counts=tokens, at=prices, is_batch=st.booleans())
def test_cost_is_the_exact_sum_rounded_up(counts, at, is_batch):
    due = exact(counts, at, is_batch=is_batch)
    paid = cost(counts, at, is_batch=is_batch)
    assert isinstance(paid, int)
    assert due <= paid < due + 1


@pytest.mark.parametrize(
    ("counts", "nano_usd"),
    [
        (TokenCounts(input_tokens=200_000, output_tokens=10), 200_050_000),
        (TokenCounts(input_tokens=200_001, output_tokens=10), 400_077_000),
        (TokenCounts(input_tokens=1, cache_read_input_tokens=200_000), 40_002_000),
        (TokenCounts(input_tokens=1, cache_creation_5m_input_tokens=200_000), 500_002_000),
        (TokenCounts(input_tokens=1, cache_creation_1h_input_tokens=200_000), 800_002_000),
        (TokenCounts(input_tokens=1, output_tokens=300_000), 1_500_001_000),
    ],
)
def test_call_that_reads_more_than_the_step_costs_its_rates_as_a_whole(counts, nano_usd):
    """What the prompt cache holds is read as well; what is written does not count."""
    assert cost(counts, price(long_context=STEP)) == nano_usd


def test_step_applies_to_batches_at_their_share():
    counts = TokenCounts(input_tokens=300_000)
    assert cost(counts, price(long_context=STEP), is_batch=True) == 300_000_000


def test_hold_is_at_the_dearer_rates_only_where_the_step_can_be_reached():
    at = price(long_context=STEP)
    below = 200_000 - REQUEST_FRAME_TOKENS
    assert worst_case(below, 10, at) == worst_case(below, 10, price())
    assert worst_case(below + 1, 10, at) == 200_001 * 4_000 + 10 * 7_500


def test_hold_covers_a_step_that_is_cheaper():
    """The call may turn out to be shorter than its bytes allow."""
    cheaper = LongContext(200_000, *[Decimal("0.5")] * 5)
    assert worst_case(900_000, 10, price(long_context=cheaper)) == worst_case(900_000, 10, price())


@given(at=prices)
def test_price_survives_being_frozen(at):
    assert Price.restored(at.id, at.model_id, at.frozen()) == at


@given(one=tokens, other=tokens, at=prices.filter(lambda at: at.long_context is None))
def test_cost_of_two_replies_is_at_most_a_nano_less_than_their_sum(one, other, at):
    together = cost(one + other, at)
    assert cost(one, at) + cost(other, at) - 1 <= together <= cost(one, at) + cost(other, at)


@given(
    body_bytes=st.integers(0, 4_000_000),
    max_output=st.integers(1, 128_000),
    at=prices,
    shares=st.tuples(*[st.floats(0, 1)] * 4),
    images=st.integers(0, 3),
)
def test_no_reply_costs_more_than_its_worst_case(body_bytes, max_output, at, shares, images):
    """However the provider spreads the input over cache kinds."""
    budget = body_bytes + REQUEST_FRAME_TOKENS + images * IMAGE_TOKENS
    parts = []
    for share in shares:
        parts.append(int(budget * share))
        budget -= parts[-1]
    counts = TokenCounts(parts[0], max_output, 0, *parts[1:])
    assert cost(counts, at) <= worst_case(
        body_bytes, max_output, at, attached_tokens=images * IMAGE_TOKENS
    )


@pytest.mark.parametrize(
    "amount", ["NaN", "sNaN", "Infinity", "-Infinity", "-0.01", "1e40", "x", ""]
)
def test_what_is_no_amount_is_never_money(amount):
    """A NaN would switch every cap off: nothing is greater than it."""
    with pytest.raises(ValueError, match=r"amount"):
        from_usd(amount)


@given(nano=st.integers(0, MAX_NANO_USD))
def test_amount_survives_its_text(nano):
    assert from_usd(usd_text(nano)) == nano == from_usd(to_usd(nano))


def test_bound_of_an_image_is_that_of_the_protocol():
    """OpenAI counts 2,833 tokens and 5,667 for each of eight tiles at the most."""
    assert image_tokens(2, protocol="anthropic") == 2 * IMAGE_TOKENS
    assert image_tokens(2, protocol="openai") >= 2 * (2_833 + 8 * 5_667)


@given(prices, tokens)
def test_answer_was_read_for_unless_input_is_free_or_nothing_was_written(price, counted):
    """A refusal without a word may read nothing."""
    is_odd = is_far_below(counted, price, b"{}")
    assert is_odd == (price.input_usd > 0 and counted.output_tokens > 0 == counted.read_tokens)
    assert not is_far_below(TokenCounts(), price, b"{}")


@pytest.mark.parametrize(
    ("text", "fewest"),
    [
        ("Seen for knee pain after a fall. " * 100, 88),
        ("word " * 80, 11),
        ("=" * 5_000, 1),  # one word, and some tokens hold many such signs
        (" " * 5_000, 1),
        ("iVBORw0KGgo" * 5_000, 1),  # a picture
    ],
    ids=["a note", "words", "a line", "blanks", "base64"],
)
def test_text_takes_a_token_for_eight_words_at_the_very_least(text, fewest):
    body = b'{"content":"' + text.encode() + b'"}'
    read = [TokenCounts(input_tokens=n, output_tokens=1) for n in (fewest - 1, fewest)]
    assert [is_far_below(each, price(), body) for each in read] == [True, False]
    cached = TokenCounts(cache_read_input_tokens=fewest, output_tokens=1)
    assert not is_far_below(cached, price(), body)
