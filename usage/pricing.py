"""What tokens cost: pure arithmetic in integers, rounded up once per attempt."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from routerproject.shared.money import NanoUsd
from usage.catalog import Price, Rates

TOKENS_PER_PRICE_UNIT = 1_000_000
# Bounds beside the bytes of the body, since a token is at least one byte: what the provider adds
# by itself for the frame of a request, for each tool and for its tool-use instructions.
REQUEST_FRAME_TOKENS = 64
TOOL_USE_FRAME_TOKENS = 1_024
WORDS_PER_TOKEN = 8  # far more than any tokenizer puts into one
IMAGE_TOKENS = 6_000
# OpenAI's smallest models count 2,833 for an image and 5,667 for each of up to eight tiles; what
# other servers of that protocol count is not written anywhere.
IMAGE_TOKENS_OF_CHAT = 50_000


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """Tokens of one call by kind. Input excludes what was read from or written to the prompt cache;
    thinking tokens are part of the output."""

    input_tokens: int = 0
    output_tokens: int = 0
    thinking_tokens: int = 0
    cache_creation_5m_input_tokens: int = 0
    cache_creation_1h_input_tokens: int = 0
    cache_read_input_tokens: int = 0

    @property
    def read_tokens(self) -> int:
        """Return all that the model read, also from its prompt cache."""
        return (
            self.input_tokens
            + self.cache_creation_5m_input_tokens
            + self.cache_creation_1h_input_tokens
            + self.cache_read_input_tokens
        )

    def __add__(self, other: "TokenCounts") -> "TokenCounts":
        return TokenCounts(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.thinking_tokens + other.thinking_tokens,
            self.cache_creation_5m_input_tokens + other.cache_creation_5m_input_tokens,
            self.cache_creation_1h_input_tokens + other.cache_creation_1h_input_tokens,
            self.cache_read_input_tokens + other.cache_read_input_tokens,
        )


def cost(tokens: TokenCounts, price: Price, *, is_batch: bool = False) -> NanoUsd:
    """Return what a reply cost, in nano-USD, rounded up once.

    Cache writes and reads have prices of their own; a call above the price's step for long contexts
    costs the rates of that step as a whole; batch replies cost `batch_multiplier` of it.
    Source: the provider's price page, copied to the Price table with its URL and date.
    """
    rates = price.rates(tokens.read_tokens)
    usd_millionths = (
        tokens.input_tokens * rates.input_usd
        + tokens.output_tokens * rates.output_usd
        + tokens.cache_creation_5m_input_tokens * rates.cache_write_5m_usd
        + tokens.cache_creation_1h_input_tokens * rates.cache_write_1h_usd
        + tokens.cache_read_input_tokens * rates.cache_read_usd
    )
    return _nano(usd_millionths * price.batch_multiplier if is_batch else usd_millionths)


def worst_case(
    body_bytes: int,
    max_output_tokens: int,
    price: Price,
    *,
    tools: int = 0,
    attached_tokens: int = 0,
) -> NanoUsd:
    """Return an upper bound of what a call can cost, in nano-USD; never an estimate.

    A token is at least one byte of the body, so its bytes bound the input, at the dearest input
    rate (a one-hour cache write); all of `max_output_tokens` may be written. What is attached by
    reference or packed is bounded apart, by `attached_tokens`. Where so many tokens can be above
    the step for long contexts, each kind counts at the dearer of its two rates, since the call may
    turn out shorter.
    """
    input_tokens = most_input_tokens(body_bytes, tools=tools, attached_tokens=attached_tokens)
    long = price.rates(input_tokens)
    input_usd = max(dearest_input_usd(price), dearest_input_usd(long))
    output_usd = max(price.output_usd, long.output_usd)
    return _nano(input_tokens * input_usd + max_output_tokens * output_usd)


def image_tokens(images: int, *, protocol: str) -> int:
    """Return an upper bound of what images add to the input where this protocol is spoken."""
    return images * (IMAGE_TOKENS_OF_CHAT if protocol == "openai" else IMAGE_TOKENS)


def most_input_tokens(body_bytes: int, *, tools: int, attached_tokens: int) -> int:
    """Return an upper bound of the input tokens of a body."""
    own = REQUEST_FRAME_TOKENS + (TOOL_USE_FRAME_TOKENS if tools else 0)
    return body_bytes + own + attached_tokens


def is_far_above(tokens: TokenCounts, most: int) -> bool:
    """Say whether a call is said to have read more than it can have: twice an upper bound.

    What lies between the bound and twice of it may be a provider's own addition, and is paid.
    """
    return tokens.read_tokens > 2 * most


def is_far_below(tokens: TokenCounts, price: Price, body: bytes) -> bool:
    """Say whether a call whose input costs is said to have read less than it can have.

    Of usual text every word is a token or more. Some tokens hold several blanks, signs or common
    words, and a provider may count none of what only frames a request, so the bound is a token for
    WORDS_PER_TOKEN words, and one in any case. A refusal without a word may read nothing; where
    input is free, servers may leave it out.
    """
    if not price.input_usd or not tokens.output_tokens:
        return False
    read = tokens.read_tokens
    if read * WORDS_PER_TOKEN * 2 > len(body):  # a word and its blank are two bytes or more
        return False
    return read == 0 or read * WORDS_PER_TOKEN < len(body.split())


def dearest_input_usd(rates: Rates) -> Decimal:
    """Return the highest rate that an input token can have, in USD per million."""
    return max(
        rates.input_usd, rates.cache_write_5m_usd, rates.cache_write_1h_usd, rates.cache_read_usd
    )


def _nano(usd_millionths: Decimal) -> NanoUsd:
    """Return USD / 1e6 as whole nano-USD, rounded up.

    Not by `-(-x // 1)`: unlike that of integers, the division of decimals rounds toward zero.
    """
    return NanoUsd(int((usd_millionths * 1000).to_integral_value(ROUND_CEILING)))
