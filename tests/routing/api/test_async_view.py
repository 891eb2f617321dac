"""DRF's views as coroutines: what they leave behind."""

import gc
from collections.abc import Coroutine, Iterator
from typing import Any, cast

import pytest
from django.test import AsyncRequestFactory
from rest_framework.request import Request
from rest_framework.response import Response

from routing import process
from routing.api.async_view import AsyncAPIView
from routing.api.urls import route
from routing.process import Process


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Objects in circles stay, since nobody looks for them."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def test_request_leaves_nothing_to_the_garbage_collector(
    no_collector: None, monkeypatch: pytest.MonkeyPatch
):
    """A busy process holds what is being answered, not the last hundred answers as well."""
    monkeypatch.setattr(process, "_running", [Process()])
    before = _alive()
    asked = AsyncRequestFactory().post("/api/v1/route", b"{}", "application/json")
    response = await cast(Coroutine[Any, Any, Response], route(asked))
    assert response.status_code == 503  # nothing is configured, which is answered like all else
    del response
    assert _alive() == before


def _alive() -> int:
    kinds = (AsyncAPIView, Request, Response)
    # By its type: others' lazy objects would be evaluated to say what they are.
    return sum(issubclass(type(each), kinds) for each in gc.get_objects())
