"""Models that their vendor advises against or will soon refuse, and what to use instead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from django.db.models import QuerySet

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
    unlisted_since: date | None = None

    @property
    def is_urgent(self) -> bool:
        is_soon = self.days_left is not None and self.days_left <= URGENT_DAYS
        return is_soon or self.is_unlisted

    @property
    def is_unlisted(self) -> bool:
        return self.unlisted_since is not None

    @property
    def text(self) -> str:
        instead = f" Use {self.replacement} instead." if self.replacement else ""
        if self.unlisted_since:
            since = f"The vendor has not listed {self.model_id} since {self.unlisted_since}."
            return f"{since}{instead}"
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
    if not is_deprecated and not card.unlisted_since and (left is None or left > WARN_DAYS):
        return None
    replacement = card.suggested_replacement
    return Notice(card.model_id, retires_on, left, replacement, card.unlisted_since)


def note_listed(is_listed: Mapping[str, bool], today: date) -> None:
    """Keep since when models are missing from their vendors' lists, and forget it of those back.

    Only a change is written: each edit of the catalog is a new configuration.
    """
    cards = ModelCard.objects.filter(is_live=True)
    gone = [model_id for model_id, listed in is_listed.items() if not listed]
    back = [model_id for model_id, listed in is_listed.items() if listed]
    _set(cards.filter(model_id__in=gone, unlisted_since=None), today)
    _set(cards.filter(model_id__in=back).exclude(unlisted_since=None), None)


def _set(cards: QuerySet[ModelCard], day: date | None) -> None:
    if cards.exists():  # an update of no row would be told as a new configuration too
        cards.update(unlisted_since=day)
