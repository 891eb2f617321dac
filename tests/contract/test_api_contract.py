"""What the schema says of the API is what the checks take and the answers hold."""

import io
import subprocess
import sys
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework import serializers

from routing.api import body
from routing.api.management_views import SANITIZE_CHECKS
from routing.api.serializers import (
    ExplainReplySerializer,
    PatientSerializer,
    ProblemSerializer,
    RouteReplySerializer,
    RouteRequestSerializer,
    SanitizeReplySerializer,
    SanitizeRequestSerializer,
    UsageSummarySerializer,
)
from routing.errors import InvalidRequest

ANYTHING = (serializers.JSONField, serializers.DictField)


def fields_of(kind: type[serializers.Serializer]) -> dict[str, serializers.Field]:
    return dict(kind().get_fields())


def test_request_fields_are_those_that_are_checked():
    assert set(fields_of(RouteRequestSerializer)) == set(body.CHECKS)
    assert set(fields_of(PatientSerializer)) == body.PATIENT_FIELDS
    assert set(fields_of(SanitizeRequestSerializer)) == set(SANITIZE_CHECKS)


@pytest.mark.parametrize("name", ["urgency", "accuracy", "effort"])
def test_choices_are_those_that_are_accepted(name: str):
    field = fields_of(RouteRequestSerializer)[name]
    assert isinstance(field, serializers.ChoiceField)
    for choice in field.choices:
        assert body.CHECKS[name](name, choice) == choice
    with pytest.raises(InvalidRequest) as refused:
        body.CHECKS[name](name, "other")
    assert all(choice in refused.value.detail for choice in field.choices)


@pytest.mark.parametrize(
    ("kind", "accepted", "refused"),
    [
        (serializers.BooleanField, [True, False], ["true", 1]),
        (serializers.IntegerField, [1, 7], ["7", 1.5, 0]),
        (serializers.FloatField, [0, 0.5, 1], ["0.5", 1.5, -1]),
        (serializers.CharField, ["x"], [5, ["x"], {}]),
        (serializers.DictField, [], [5, "x", []]),
    ],
)
def test_described_types_are_those_that_are_checked(
    kind: type[serializers.Field], accepted: list[Any], refused: list[Any]
):
    names = [n for n, field in fields_of(RouteRequestSerializer).items() if type(field) is kind]
    assert names
    for name in names:
        for value in accepted:
            assert body.CHECKS[name](name, value) == value
        for value in refused:
            with pytest.raises(InvalidRequest):
                body.CHECKS[name](name, value)


def test_schema_is_complete():
    """The generator warns of whatever it had to guess."""
    written = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=written)
    for path in ("route", "route/explain", "phi/sanitize", "usage/summary"):
        assert f"/api/v1/{path}:" in written.getvalue()


def test_generator_of_the_schema_is_loaded_by_its_pages_alone():
    """With it come Django's test client and more, 4 MB in each web process."""
    script = (
        "import routerproject.asgi, sys\n"
        "print({'drf_spectacular.openapi', 'django.test'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, timeout=60, text=True
    )
    assert done.stdout.splitlines()[-1] == "set()"


REPLIES = {
    "route": RouteReplySerializer,
    "explain": ExplainReplySerializer,
    "sanitize": SanitizeReplySerializer,
    "summary": UsageSummarySerializer,
    "problem": ProblemSerializer,
}


def members(kind: type[serializers.Serializer]) -> dict[str, Any]:
    """Return the described members of an answer, those of nested objects under them."""
    found: dict[str, Any] = {}
    for name, field in fields_of(kind).items():
        inner = field.child if isinstance(field, serializers.ListSerializer) else field
        found[name] = members(type(inner)) if isinstance(inner, serializers.Serializer) else None
    return found


def test_answers_are_described_in_depth():
    """Reasons and alternatives have members of their own."""
    assert set(members(RouteReplySerializer)["routing"]["reasons"]) == {
        *("step", "code", "text", "effect"),
    }
    assert set(REPLIES) == {"route", "explain", "sanitize", "summary", "problem"}
