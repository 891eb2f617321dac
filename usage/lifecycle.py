"""Models that their vendor advises against or will soon refuse, and what to use instead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from usage.models import ModelCard

WARN_DAYS: Final = 90  # before a model is retired
URGENT_DAYS: Final = 30
NO_DATES: Final[Mapping[str, date]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Notice:
    """One live model that should be replaced, and by when; no day when none is announced."""

    model_id: str
    retires_on: date | None
    days_left: int | None
    replacement: str

    @property
    def is_urgent(self) -> bool:
        return self.days_left is not None and self.days_left <= URGENT_DAYS

    @property
    def text(self) -> str:
        instead = f" Use {self.replacement} instead." if self.replacement else ""
        if self.days_left is None:
            return f"The vendor advises against {self.model_id}.{instead}"
        if self.days_left <= 0:
            return f"{self.model_id} was retired on {self.retires_on}.{instead}"
        return (
            f"{self.model_id} is retired on {self.retires_on}, in {self.days_left} days.{instead}"
        )


def current(today: date, announced: Mapping[str, date] = NO_DATES) -> list[Notice]:
    """Return the notices of all live models, the most urgent first; one query."""
    return notices(ModelCard.objects.filter(is_live=True), today, announced)


def notices(
    cards: Iterable[ModelCard], today: date, announced: Mapping[str, date] = NO_DATES
) -> list[Notice]:
    """Return what is to be said of models. `announced` holds dates from elsewhere, by model id or
    alias; the earlier of two dates counts."""
    found = [each for card in cards if (each := _notice(card, today, announced))]
    return sorted(found, key=lambda n: (n.retires_on or date.max, n.model_id))


def _notice(card: ModelCard, today: date, announced: Mapping[str, date]) -> Notice | None:
    names = (card.model_id, *card.aliases)
    days = [day for day in (card.retires_on, *map(announced.get, names)) if day]
    retires_on = min(days, default=None)
    is_deprecated = card.deprecated_on is not None and card.deprecated_on <= today
    left = (retires_on - today).days if retires_on else None
    if not is_deprecated and (left is None or left > WARN_DAYS):
        return None
    return Notice(card.model_id, retires_on, left, card.suggested_replacement)
