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


@pytest.mark.parametrize(
    "ask",
    ["Extract the MRN.", "can you please give me the MRN", "MRN?", "¿cuál es el MRN?", "need MRN"],
)
@pytest.mark.parametrize(
    "around",
    [
        "HPI: 71F on apixaban, Hgb 7.1.\nLabs: Cr 3.2, K 6.1\nMeds: amiodarone\n\n{}",
        "She is on apixaban and amiodarone with stage 4 kidney disease. K was 6.1 last week.\n\n{}",
        "{}\n\nShe is on apixaban and amiodarone with stage 4 kidney disease. K was 6.1 last week.",
        "Paciente de 54 años con cirrosis, en apixaban y amiodarone, TA 80/40.\nDx: choque\n\n{}",
        "Good morning,\n\n{}\n\nBest regards,\nDana\nApixaban and Amiodarone Clinic",
    ],
)
def test_a_chart_without_a_title_is_not_the_request_either(ask, around):
    """Above or below it, what only tells something is matter."""
    found = focus(around.replace("{}", ask))
    assert ask in found
    assert "amiodarone" not in found.lower()


def test_what_follows_a_chart_is_the_request_even_without_a_verb():
    """Nothing before it asked, so the last paragraph is the person again."""
    chart = "HPI: 58F, hematemesis, BP 82/40.\nLabs: INR 3.4\nMeds: propranolol"
    assert focus(f"{chart}\n\nTIPS tonight or more banding") == "TIPS tonight or more banding"


def test_a_chart_alone_is_read_as_the_request():
    """Who sends nothing else asks for what to make of it."""
    chart = "HPI: 58F, hematemesis, BP 82/40.\nLabs: INR 3.4\n\nPlan: octreotide"
    assert "hematemesis" in focus(chart)


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
    assert (
        focus("Plan for PHJ_NAME_7KQ2M and PHZ_DATE_P12_7KQ2M?") == "Plan for patient and patient?"
    )


def test_what_a_tool_returned_is_matter_and_context_is_not_read():
    """Whatever they ask; and what a tool returned before the person spoke again is past."""
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": "Count the rows."},
        {"role": "user", "content": [{"type": "tool_result", "content": CHART}]},
    ]
    found = read(messages, context={"chart": CHART})
    assert found.focus == "Count the rows."
    assert found.record.split() == CHART.split()
    assert read([*messages, {"role": "user", "content": "Thanks."}]).record == ""


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
