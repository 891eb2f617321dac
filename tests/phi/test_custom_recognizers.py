"""A clinic's own recognizers: what is refused, and what those that pass find."""

from dataclasses import replace
from itertools import count

import pytest

from phi.detect.custom import flaws_of, flaws_of_pattern, found_in
from phi.detect.custom_speed import flaws_of_speed
from phi.known import identifiers_of
from phi.sanitize import sanitize, sanitize_text
from phi.types import CustomRecognizer
from tests.phi.cast import KEY, POLICY

CHART = CustomRecognizer("chart", "mrn", r"\bZX-\d{4,6}\b")
LABELED = CustomRecognizer("study", "other", r"\b\d{6}\b", ("study no", "trial"))


def described(pattern: str, *context: str) -> CustomRecognizer:
    return CustomRecognizer("tried", "mrn", pattern, context)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("a+", "no upper bound"),
        ("Z.*", "no upper bound"),
        (r"\d{3,}", "no upper bound"),
        ("(?:Z[^9]*9)?", "no upper bound"),
        (r"(Z+)+$", "no upper bound"),
        ("[]Z]+", "no upper bound"),
        ("[[:alpha:]Z]+", "no upper bound"),
        (r"\QZ\E+", "no upper bound"),
        ("Z?", "empty text"),
        (r"\b", "empty text"),
        ("^", "empty text"),
        ("(?:)", "empty text"),
        ("Z{0,5}", "empty text"),
        ("(Z", "RE2 does not read it"),
        (r"Z\1", "RE2 does not read it"),
        ("(?=Z)", "RE2 does not read it"),
        ("(?<!a)Z", "RE2 does not read it"),
        ("Z{1001}", "RE2 does not read it"),
        ("(?:(?:Z{30}){30}){30}", "RE2 does not read it|too large"),
        (".{0,900}Z", "too large"),
        ("(Z)(9)", "Only one group"),
        ("Zoë", "must be ASCII"),
        ("Z\t9", "must be ASCII"),
    ],
)
def test_hostile_and_broken_patterns_are_refused(pattern: str, why: str) -> None:
    flaws = " ".join(flaws_of_pattern(described(pattern)))
    assert any(reason in flaws for reason in why.split("|")), flaws


@pytest.mark.parametrize(
    "pattern", [".", r"\w{5}", r"[A-Z]{3}", "(?i)pain", r"\d{1,3}/\d{1,3}", r"\d{2,5} mg", "[^Z]"]
)
def test_a_pattern_that_takes_ordinary_clinical_text_is_refused(pattern: str) -> None:
    flaws = flaws_of(described(pattern), ["Z 12 Pain 120/80 mg 55 mg ABC"], [])
    assert "ordinary clinical text" in flaws[0]


def test_context_words_excuse_figures_but_no_words() -> None:
    assert flaws_of(described(r"\b\d{3}\b", "badge"), ["badge 123"], []) == []
    assert flaws_of(described(r"\b[a-z]{4}\b", "badge"), ["badge pain"], [])


@pytest.mark.parametrize(
    ("examples", "counterexamples", "flaw"),
    [
        ([], [], "at least one example"),
        (["ZX-12345", "ZX-1"], [], "finds nothing in example 2"),
        (["ZX-12345"], ["none", "but ZX-54321"], 'finds "ZX-54321" in counterexample 2'),
    ],
)
def test_examples_have_to_hold(examples: list[str], counterexamples: list[str], flaw: str) -> None:
    assert any(flaw in each for each in flaws_of(CHART, examples, counterexamples))


def test_a_good_description_has_no_flaw() -> None:
    assert flaws_of(CHART, ["see ZX-12345"], ["ZX-1", "zx-12345"]) == []
    assert flaws_of_speed(CHART, ["see ZX-12345"]) == []


def test_a_slow_pattern_is_refused_by_processor_time() -> None:
    ticks = count()
    assert flaws_of_speed(CHART, [], lambda: next(ticks) * 0.01) != []  # 10 ms per piece of 50,000
    ticks = count()
    assert flaws_of_speed(CHART, [], lambda: next(ticks) * 0.001) == []


@pytest.mark.parametrize(
    ("one", "text", "found"),
    [
        (CHART, "charts ZX-1234 and ZX-999999.", ["ZX-1234", "ZX-999999"]),
        (CHART, "ZX\u20111234 with another dash", ["ZX\u20111234"]),
        (CHART, "XZX-1234 ZX-1234567", []),
        (LABELED, "enrolled in trial: 123456", ["123456"]),
        (LABELED, "Trial 123456", ["123456"]),
        (LABELED, "platelets 123456", []),
        (LABELED, "123456 in the trial", []),
        (described(r"chart ([A-Z]{2}\d{3})"), "chart AB123", ["AB123"]),
    ],
)
def test_recognizers_find_what_they_describe(
    one: CustomRecognizer, text: str, found: list[str]
) -> None:
    assert found_in(one, text) == found


def test_a_custom_identifier_becomes_a_token_and_says_whose_it_is() -> None:
    policy = replace(POLICY, recognizers=(CHART,))
    safe, findings, vault = sanitize_text("See ZX-12345.", known=(), policy=policy, key=KEY)
    assert "ZX-12345" not in safe
    assert [(one.start, one.end, one.category, one.recognizer) for one in findings] == [
        (4, 12, "mrn", "custom:chart")
    ]
    assert list(vault.values.values()) == ["ZX-12345"]


def test_custom_identifiers_are_found_in_members_and_tool_arguments() -> None:
    policy = replace(POLICY, recognizers=(CHART,))
    document = {
        "messages": [
            {
                "role": "assistant",
                "content": [
                    {"type": "tool_use", "id": "t1", "name": "find", "input": {"x": "ZX-12345"}}
                ],
            }
        ]
    }
    safe = sanitize(document, known=(), policy=policy, key=KEY)
    assert "ZX-12345" not in str(safe.document)
    assert safe.counts == {"mrn": 1}


@pytest.mark.parametrize(
    ("phrase", "text", "kept"),
    [
        ("rose medical center", "Seen at Rose Medical Center by Dr. Adams.", "Rose Medical Center"),
        ("dr. adams", "Seen by Dr. Adams today.", "Dr. Adams"),
        ("215-555-0100", "Call the desk, 215-555-0100.", "215-555-0100"),
    ],
)
def test_what_stands_in_an_allowed_phrase_stays(phrase: str, text: str, kept: str) -> None:
    policy = replace(POLICY, allow_list=frozenset({phrase}))
    safe, _, _ = sanitize_text(text, known=(), policy=policy, key=KEY)
    assert kept in safe


@pytest.mark.parametrize(
    ("phrase", "text", "removed"),
    [
        ("adams", "Seen by Dr. Anna Adams today.", "Anna"),  # more than the phrase was found
        ("15-555-010", "Call 215-555-0100.", "215-555-0100"),  # a part of it
        ("rose", "Seen by Dr. Roseman today.", "Roseman"),
    ],
)
def test_what_is_more_than_an_allowed_phrase_goes(phrase: str, text: str, removed: str) -> None:
    policy = replace(POLICY, allow_list=frozenset({phrase}))
    safe, _, _ = sanitize_text(text, known=(), policy=policy, key=KEY)
    assert removed not in safe


def test_an_allowed_phrase_never_uncovers_the_requests_own_patient() -> None:
    policy = replace(POLICY, allow_list=frozenset({"rose adams clinic", "rose adams"}))
    known = identifiers_of([{"name": "Rose Adams"}])
    safe, _, _ = sanitize_text("Rose Adams was seen.", known=known, policy=policy, key=KEY)
    assert "Adams" not in safe
