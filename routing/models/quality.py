"""What stronger models make of answers. Never any text."""

import pgtrigger
from django.db import models
from django.db.models import Q


class JudgedAnswer(models.Model):
    """The marks of one answer. Only grows."""

    request_id = models.UUIDField(help_text="The request in the ledger.")
    tenant_id = models.BigIntegerField(help_text="Whose request it was.")
    at = models.DateTimeField(help_text="UTC.")
    task_type = models.CharField(max_length=64, blank=True, help_text="Empty: none was known.")
    tier = models.CharField(max_length=32, help_text="Whose answer was marked.")
    model_id = models.CharField(max_length=128, help_text="Which model wrote it.")
    judge_model_id = models.CharField(max_length=128, help_text="Which model marked it.")
    rubric_version = models.PositiveSmallIntegerField(help_text="Of the words it was asked with.")
    accuracy = models.PositiveSmallIntegerField(help_text="1 to 5.")
    completeness = models.PositiveSmallIntegerField(help_text="1 to 5.")
    omissions = models.PositiveSmallIntegerField(help_text="1 to 5; 5: nothing is left out.")
    support = models.PositiveSmallIntegerField(help_text="1 to 5; 5: nothing is made up.")
    format = models.PositiveSmallIntegerField(help_text="1 to 5.")
    stronger_is_better = models.BooleanField(
        help_text="A stronger model would plainly have done better."
    )
    score = models.FloatField(help_text="Of all marks, 0 to 1.")
    is_poor = models.BooleanField(help_text="It lies below the task type's threshold.")
    is_in_line = models.BooleanField(help_text="The caller's answer waited for it.")
    share = models.FloatField(help_text="Of the answers that were to be judged, 0 to 1.")

    class Meta:
        verbose_name = "judged answer"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["task_type", "at"], name="judged_answer_by_type"),
            models.Index(fields=["request_id"], name="judged_answer_request"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(score__gte=0, score__lte=1), name="judged_answer_score"
            ),
            models.CheckConstraint(
                condition=Q(share__gt=0, share__lte=1), name="judged_answer_share"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="only_grows", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.tier} {self.score:.2f}"
