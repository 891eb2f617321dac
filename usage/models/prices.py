"""What the tokens of a model cost."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from routerproject.shared.history import keep_history
from usage.models.catalog import ModelCard, between

HIGHEST_PRICE_USD = Decimal(100_000)


def _usd(kind: str) -> "models.DecimalField[Decimal | str | int, Decimal]":
    """Return a price column of one token kind."""
    return models.DecimalField(
        max_digits=12, decimal_places=6, help_text=f"{kind}, USD per million tokens."
    )


def _long_usd(kind: str) -> "models.DecimalField[Decimal | str | int | None, Decimal | None]":
    """Return the column of one token kind above the step for long contexts."""
    return models.DecimalField(
        max_digits=12,
        decimal_places=6,
        null=True,
        blank=True,
        help_text=f"{kind} of a call above the step, USD per million tokens.",
    )


TOKEN_KINDS = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
LONG_CONTEXT = ("long_above_tokens", *(f"long_{kind}_usd" for kind in TOKEN_KINDS))


@keep_history()
class Price(models.Model):
    """What one model's tokens cost from one moment on; the newest row not in the future holds."""

    model = models.ForeignKey(ModelCard, on_delete=models.PROTECT, related_name="prices")
    valid_from = models.DateTimeField(help_text="UTC; holds until the next row's moment.")
    input_usd = _usd("Input")
    output_usd = _usd("Output, thinking included")
    cache_write_5m_usd = _usd("Writing to the prompt cache for 5 minutes")
    cache_write_1h_usd = _usd("Writing to the prompt cache for 1 hour")
    cache_read_usd = _usd("Reading from the prompt cache")
    batch_multiplier = models.DecimalField(
        max_digits=4,
        decimal_places=3,
        default=Decimal("0.5"),
        help_text="What a batch costs of all these prices; 0.5 is half.",
    )
    long_above_tokens = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="A call that reads more tokens than this, cached ones included, costs the rates"
        " below as a whole; empty: no step.",
    )
    long_input_usd = _long_usd("Input")
    long_output_usd = _long_usd("Output")
    long_cache_write_5m_usd = _long_usd("Writing to the prompt cache for 5 minutes")
    long_cache_write_1h_usd = _long_usd("Writing to the prompt cache for 1 hour")
    long_cache_read_usd = _long_usd("Reading from the prompt cache")
    source_url = models.URLField(blank=True, help_text="The page the price was copied from.")
    note = models.CharField(max_length=300, blank=True, help_text="Who says so, and when.")

    class Meta:
        ordering = ["model", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["model", "valid_from"], name="price_moment_is_unique"),
            *(
                models.CheckConstraint(
                    condition=between(f"{kind}_usd", 0, HIGHEST_PRICE_USD),
                    name=f"price_{kind}_is_finite",
                )
                for kind in TOKEN_KINDS
            ),
            *(
                models.CheckConstraint(
                    condition=between(f"long_{kind}_usd", 0, HIGHEST_PRICE_USD),
                    name=f"price_long_{kind}_is_finite",
                )
                for kind in TOKEN_KINDS
            ),
            models.CheckConstraint(
                condition=Q(**{f"{name}__isnull": True for name in LONG_CONTEXT})
                | Q(**{f"{name}__isnull": False for name in LONG_CONTEXT}, long_above_tokens__gt=0),
                name="price_long_context_is_whole",
            ),
            models.CheckConstraint(
                condition=between("batch_multiplier", 0, 1), name="price_batch_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model.model_id} from {self.valid_from:%Y-%m-%d}"

    def clean(self) -> None:
        """Refuse half a step, and free tokens of a model that is not on premise."""
        given = [getattr(self, name) for name in LONG_CONTEXT]
        has_step = any(value is not None for value in given)
        if has_step and (None in given or not self.long_above_tokens):
            said = "A step for long contexts needs where it begins and all five of its rates."
            raise ValidationError({"long_above_tokens": said})
        names = [f"{step}{kind}_usd" for step in ("", "long_") for kind in TOKEN_KINDS]
        rates = {name: getattr(self, name) for name in names}
        wrong = [n for n, r in rates.items() if isinstance(r, Decimal) and not _is_price(r)]
        if wrong:  # said of its field, a constraint is not told of it once more by its name
            most = f"${HIGHEST_PRICE_USD:,}"
            said = f"A price lies between $0 and {most} per million tokens."
            raise ValidationError(dict.fromkeys(wrong, said))
        if isinstance(self.batch_multiplier, Decimal) and not 0 <= self.batch_multiplier <= 1:
            raise ValidationError({"batch_multiplier": "A share lies between 0 and 1."})
        paid = [self.input_usd, self.output_usd]
        is_free = 0 in paid + [self.long_input_usd, self.long_output_usd] * has_step
        if is_free and self.model_id and not self.model.provider.is_on_premise:
            raise ValidationError("Only models on premise may cost $0.")


def _is_price(rate: Decimal) -> bool:
    return 0 <= rate <= HIGHEST_PRICE_USD
