"""The framework's log lines: where and how, never what somebody typed."""

import logging
import sys
from typing import Any

import pytest
from django.conf import settings
from django.test import RequestFactory

from routerproject.shared.log_records import WithoutAddresses, WithoutValues

CANARY = "Quillfeather"


def record(name: str, **more: object) -> logging.LogRecord:
    made = logging.LogRecord(name, 30, "x.py", 1, "Not Found: %s", (f"/{CANARY}",), None)
    made.__dict__.update(more)
    return made


def written(made: logging.LogRecord) -> str:
    assert WithoutAddresses().filter(made)
    return WithoutValues("%(name)s %(message)s").format(made)


@pytest.mark.parametrize("name", ["django.request", "django.security.csrf", "django.server"])
def test_an_address_is_not_logged(name: str) -> None:
    request = RequestFactory().get(f"/{CANARY}", {"q": CANARY})
    assert written(record(name, request=request, status_code=404)) == f"{name} GET 404"
    assert written(record(name)) == f"{name} refused"


def test_neither_is_a_method_somebody_made_up() -> None:
    request = RequestFactory().generic(CANARY.upper(), "/")
    assert written(record("django.request", request=request, status_code=405)).endswith(" 405")


def test_other_records_say_what_they_say() -> None:
    assert written(record("usage.rollups")) == f"usage.rollups Not Found: /{CANARY}"


def test_an_exception_is_logged_without_its_text() -> None:
    try:
        try:
            raise KeyError(CANARY)
        except KeyError as error:
            raise ValueError(f"{CANARY} again") from error
    except ValueError:
        text = written(record("usage.rollups", args=("x",), exc_info=sys.exc_info()))
    assert CANARY not in text.replace("raise KeyError(CANARY)", "")
    assert "builtins.KeyError\nthen\n" in text
    assert text.endswith("builtins.ValueError")
    assert __file__ in text


def test_every_handler_of_the_settings_writes_like_that() -> None:
    described: Any = settings.LOGGING
    for handler in described["handlers"].values():
        assert handler["filters"] == ["no_addresses"]
        assert handler["formatter"] == "plain"
