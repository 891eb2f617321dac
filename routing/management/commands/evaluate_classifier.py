"""manage.py evaluate_classifier: how well the tiers of labelled requests are chosen."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from routing.classify.learned import LearnedModel
from routing.classify.training.labelled import TIERS
from routing.evaluation import promotion
from routing.evaluation.figures import SHARES
from routing.evaluation.judging import ABSENT, HOWS
from routing.evaluation.promotion import Subject
from routing.models import EvaluationRun, EvaluationSet

RULES = "rules"


class Command(BaseCommand):
    help = "Judge a set of labelled requests with the table in force, print and keep the figures."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--set", default="", help="Slug of an evaluation set of the clinic.")
        parser.add_argument("--share", default="test", help="A share of the product's own.")
        parser.add_argument(
            "--model", default="", help=f"A version; or {RULES!r} alone. Empty: the one in force."
        )
        parser.add_argument("--how", choices=HOWS, default=ABSENT, help="The task type was ...")

    def handle(self, *, set: str, share: str, model: str, how: str, **options: Any) -> None:
        subject = self._subject(set, share)
        if not subject.requests:
            raise CommandError("There is no labelled request in it.")
        self._tell(promotion.examine(subject, self._model(model), by=None, how=how))

    def _subject(self, slug: str, share: str) -> Subject:
        if not slug:
            return promotion.own_share(share)
        row = EvaluationSet.objects.filter(slug=slug).first()
        if row is None:
            raise CommandError("There is no such evaluation set.")
        return promotion.subject_of(row)

    def _model(self, name: str) -> LearnedModel | None:
        if name == RULES:
            return None
        try:
            return promotion.find(name) if name else promotion.in_force()
        except LookupError as error:
            raise CommandError(str(error)) from error

    def _tell(self, run: EvaluationRun) -> None:
        say = self.stdout.write
        say(f"{run.subject}, task type {run.how}, model {run.model_version[:8] or RULES}")
        for name in SHARES:
            one = run.share(name)
            say(
                f"  {name.replace('_', ' '):<14} {one['value']:7.2%}  "
                f"({one['low']:.2%} to {one['high']:.2%}; {one['hits']} of {one['total']})"
            )
        say(f"  {'ECE':<14} {run.figures['calibration_error']:7.2%}")
        say(f"  {'kappa':<14} {run.figures['kappa']:7.2f}")
        say(f"\n  {'needed':<10}" + "".join(f"{f'to {tier}':>12}" for tier in TIERS))
        for needed, row in run.figures["confusion"].items():
            say(f"  {needed:<10}" + "".join(f"{row[chosen]:>12}" for chosen in TIERS))
        say("\n  decided by " + ", ".join(f"{k} {v}" for k, v in run.figures["sources"].items()))
