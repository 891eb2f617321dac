"""A record with next to no question is what the question is about."""

from typing import Any

import pytest

from routing.classify.focus import read

CHART = "Ultrasound: empty uterus, free fluid in the pelvis, hCG 6200. She wants to drive home."


@pytest.mark.parametrize("bare", ["ok?", "thoughts?", "let her go?", "please advise", "¿firmo?"])
def test_a_bare_question_is_about_all_that_comes_with_it(bare):
    found = read([{"role": "user", "content": f"{CHART}\n\n{bare}"}])
    assert "free fluid" in found.focus
    assert bare in found.focus
    assert found.record == ""


@pytest.mark.parametrize("chore", ["signed?", "which page is this?", "file name please", "as csv"])
def test_a_small_chore_is_about_itself(chore):
    """However grave the page."""
    found = read([{"role": "user", "content": f"{CHART}\n\n{chore}"}])
    assert "free fluid" not in found.focus
    assert "free fluid" in found.record


def test_what_a_tool_returned_is_judged_when_the_person_said_no_more_than_go_on():
    result = {"type": "tool_result", "tool_use_id": "t", "content": '{"k": 7.2, "ecg": "wide"}'}
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": "Continue"},
        {"role": "user", "content": [result]},
    ]
    assert "7.2" in read(messages).focus


def test_a_long_request_speaks_for_itself():
    asked = "Write a letter to her employer saying that she may be back at her desk on Monday, ok?"
    assert "free fluid" not in read([{"role": "user", "content": f"{CHART}\n\n{asked}"}]).focus
