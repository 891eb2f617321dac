"""The lines that hold a request are told apart from what was attached to it."""

import time
from typing import Any

import pytest

from routing.classify.focus import read

CHART = (
    "71F with CKD4 on apixaban and amiodarone, Hgb 7.1, Cr 3.2. Should we restart? Differential?"
)


def focus(text, **fields):
    return read([{"role": "user", "content": text}], **fields).focus


@pytest.mark.parametrize(
    "text",
    [
        f"Extract the MRN from this chart: {CHART}",
        f"Extract the MRN.\n\nChart:\n{CHART}",
        f"Extract the MRN.\n\nDISCHARGE SUMMARY\n{CHART}",
        f"Extract the MRN.\n<document>\n{CHART}\n</document>",
        f"Extract the MRN.\n```\n{CHART}\n```",
        f"Extract the MRN.\n> {CHART}",
        f'Extract the MRN. "{CHART}"',
        f"Extract the MRN.\nDear colleague,\n{CHART}",
        f"Nota:\n{CHART}\n\nExtract the MRN.",
    ],
)
def test_a_record_is_not_the_request(text):
    """However a chart is attached, only the instruction is left."""
    found = focus(text)
    assert "Extract the MRN" in found
    assert "apixaban" not in found
    assert "restart" not in found


def test_a_case_told_in_the_request_stays():
    """A vignette is the question itself."""
    text = "54M CP, troponin 0.9, Cr 3.1 on apixaban, plan?"
    assert focus(text) == text


def test_the_question_after_a_long_history_stays():
    """Of a long paragraph, its ends and its questions are kept."""
    history = "He was seen in the clinic for a routine visit and felt well. " * 40
    assert "Which drug comes first?" in focus(f"67M with gout. {history} Which drug comes first?")


def test_footers_say_nothing():
    """A fax footer is neither request nor record."""
    text = "Summarize the note.\nCONFIDENTIAL: intended only for the recipient\nPage 1 of 3"
    assert focus(text) == "Summarize the note."


def test_a_token_only_means_that_there_is_a_patient():
    """No letter of a PHI token is weighed."""
    found = read([{"role": "user", "content": "Plan for PHI_NAME_7KQ2M?"}])
    assert found.focus == "Plan for patient?"
    assert found.mentions_patient


def test_context_and_tool_results_are_not_read():
    """They are matter, whatever they ask."""
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": "Count the rows."},
        {"role": "user", "content": [{"type": "tool_result", "content": CHART}]},
    ]
    found = read(messages, context={"chart": CHART})
    assert found.focus == "Count the rows."
    assert found.record == ""


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Resume la nota de la paciente para el médico", "es"),
        ("Summarize the note for the doctor", "en"),
        ("Bitte fassen Sie diese Notiz kurz für mich zusammen danke", "other"),
    ],
)
def test_the_language_is_known(text, language):
    """English, Spanish, or another."""
    assert read([{"role": "user", "content": text}]).language == language


@pytest.mark.parametrize(
    "unit", ["a", " ", "\n", '"', "<a>", "```\n", ": ", "Note: x. ", "ñ? ", "1."]
)
def test_any_text_is_read_in_linear_time(unit):
    """A million characters of anything cost milliseconds, not minutes."""
    messages = [{"role": "user", "content": unit * (1_000_000 // len(unit))}]
    started = time.process_time()
    read(messages, system=unit * 50_000)
    assert time.process_time() - started < 1.0
