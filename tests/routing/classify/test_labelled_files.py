"""The files of labelled requests: their format, and that the habits are kept apart."""

import json
from itertools import combinations

import pytest

from routerproject.local.folders import PROJECT
from routing.classify.training.frames import written_out
from routing.classify.training.labelled import parse, read, share

SHARES = ("train", "calibration", "test", "fresh", "unseen")
STARTER = json.loads((PROJECT / "routing" / "starter" / "task_types.json").read_text())


def test_a_line_says_all_about_a_request():
    request = parse("so@es! drug_interaction | Eres farmacéutico. ||| ¿qué\\nhago? ||< {}")
    assert request.needed == "sonnet"
    assert request.acceptable == ("sonnet", "opus")
    assert request.language == "es"
    assert request.is_critical
    assert request.system == "Eres farmacéutico."
    assert request.text == "¿qué\nhago?"
    assert request.messages[-1]["content"][0]["type"] == "tool_result"


@pytest.mark.parametrize("line", ["no label", "x extraction | text", "h | text", " extraction | t"])
def test_a_malformed_line_is_named(tmp_path, line):
    """By file and number."""
    path = tmp_path / "habit.txt"
    path.write_text(f"# comment\n{line}\n")
    with pytest.raises(ValueError, match=r"habit\.txt, line 2"):
        list(read(path, {}))


def test_a_frame_is_filled_the_same_way_every_time():
    choices = {"drug": ["metformin", "losartan", "sertraline"]}
    first = list(written_out("s medication_check | dose of %drug%?", choices))
    assert first == list(written_out("s medication_check | dose of %drug%?", choices))
    assert all("%" not in line for line in first)
    assert len(first) == len(set(first)) > 1


def test_every_task_type_exists():
    known = {row["slug"] for row in STARTER}
    assert {r.task_type for name in SHARES for r in share(name)} <= known


def test_no_request_is_in_two_shares():
    """What is learned is not examined."""
    texts = [{(r.system, r.text, r.tool_result) for r in share(name)} for name in SHARES]
    for one, other in combinations(texts, 2):
        assert not one & other
