"""A refusal names the part of the request it is about, and nothing that the request says."""

import json
from typing import Any

import pytest

from routing.errors import PartRefused, ProviderRefused
from routing.providers.refusals import refusal
from routing.providers.refused_place import place_in

CANARY = "Zephyrine"
OBJECT = "For 'object' type, 'additionalProperties' must be explicitly set to false"
CONTEXT = "In context=('properties', 'Zephyrine'), 'additionalProperties' is required"

# What a provider says, and in which place; where it is, and the keywords.
ROWS: list[tuple[Any, str, tuple[str, ...]]] = [
    ({"message": f"output_config.format.schema: {OBJECT}"}, "output_format.schema",
     ("additionalProperties",)),
    ({"message": "output_format.schema: For 'integer' type, properties maximum, minimum are not "
      "supported"}, "output_format.schema", ("maximum", "minimum")),
    ({"message": f"Invalid schema for response_format 'Zephyrine': {CONTEXT}",
      "param": "response_format"}, "output_format", ("additionalProperties",)),
    ({"message": "Invalid schema for function 'Zephyrine'.", "param": "tools[0].function"},
     "tools.0.function", ()),
    ({"message": "tools.2.custom.input_schema.properties.Zephyrine: 'anyOf' is not supported"},
     "tools.2.custom.input_schema.properties", ("anyOf",)),
    ({"message": "messages.3.content.0.image.source.base64: Zephyrine is no image"},
     "messages.3.content.0.image.source.base64", ()),
    ({"message": "messages.0.content.5550104477: no"}, "messages.0.content", ()),
    ({"message": "messages: text content blocks must be non-empty"}, "messages", ()),
    ({"message": "Invalid value: 'Zephyrine'.", "param": "messages.[1].role"},
     "messages.1.role", ()),
    ({"message": "stop: 'Zephyrine' is too long"}, "stop_sequences", ()),
]  # fmt: skip
NOWHERE = [
    {"message": "Your credit balance is too low to access the API."},
    {"message": "Zephyrine Quillfeather: not found"},
    {"message": "Tool 'Zephyrine' not found in provided tools"},
    {"message": "temperature: Extra inputs are not permitted"},  # the router's own doing
    {"message": "max_tokens: 64001 > 64000"},
    {"message": "output_config.effort: not supported"},
    {"message": 7, "param": ["tools"]},
    {"message": "messages" * 100 + ": too long to be a place"},
    "Zephyrine",
    None,
]


@pytest.mark.parametrize(("said", "field", "keywords"), ROWS, ids=[row[1] for row in ROWS])
@pytest.mark.parametrize("is_wrapped", [True, False], ids=["wrapped", "bare"])
def test_place_is_told_in_names_of_the_protocol(
    said: Any, field: str, keywords: tuple[str, ...], is_wrapped: bool
):
    """Bedrock and some servers in the house have the sentence at the top of the document."""
    content = json.dumps({"error": said} if is_wrapped else said).encode()
    found = place_in(content)
    assert found is not None
    assert (found.field, found.keywords) == (field, keywords)
    failure = refusal(400, content, http_status=400)
    assert isinstance(failure, PartRefused)
    assert failure.extra["field"] == field
    assert field in failure.detail
    assert CANARY not in f"{failure} {failure.extra}"


@pytest.mark.parametrize("said", NOWHERE, ids=lambda said: str(said)[:30])
def test_what_names_no_part_of_the_request_is_not_the_callers(said: Any):
    content = json.dumps({"error": said}).encode()
    assert place_in(content) is None
    assert type(refusal(400, content)) is ProviderRefused


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"[" * 100_000, b"7"])
def test_what_is_no_error_document_names_nothing(content: bytes):
    assert place_in(content) is None


@pytest.mark.parametrize("status", [401, 402, 403, 404, 405, 413])
def test_account_model_and_length_are_not_a_part(status: int):
    content = json.dumps({"error": {"message": "messages: no"}}).encode()
    assert type(refusal(status, content)) is ProviderRefused
