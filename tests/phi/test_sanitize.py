"""What leaves is free of identifiers; what comes back is what went in."""

import json
import pickle
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phi import egress
from phi.errors import PhiBlocked
from phi.known import identifiers_of
from phi.rehydrate import rehydrate
from phi.sanitize import FOREIGN_TOKEN, sanitize, sanitize_text
from tests.phi.cast import KEY, KNOWN, MAY, OTHER_KEY, PATIENT, POLICY, message

SPELLINGS = [
    *("Robert O'Neil-Garcia", "O'Neil-Garcia, Robert", "Robert Q. O'Neil-Garcia", "Bob Garcia"),
    *("ROBERT GARCIA", "robert o\u2019neil", "R. Garcia", "Garcia's", "Róbert", "Rob", "Bobby"),
    *("robertONeilGarcia", "robert_garcia", "Mr. O'Neil", "Robert\nGarcia", "ONeil", "Quentin"),
    *(
        "03/04/1980",
        "3/4/80",
        "March 4, 1980",
        "4 Mar 1980",
        "1980-03-04",
        "19800304",
        "04.03.1980",
    ),
    *("00482913", "482913", "123-45-6789", "123 45 6789", "123456789", "SSN ending in 6789"),
    *("555-234-5678", "(555)234-5678", "5552345678", "+1 555 234 5678", "555.234.5678"),
    *("bob.garcia@example.com", "BOB.GARCIA@EXAMPLE.COM", "bobbyg80", "Tannhauser Millworks"),
    *("12 Oak Street", "12 oak st", "12 Oak St., Apt 3", "Tallowmere", "62704", "LK-77-2", "LK772"),
    *(
        "XQZ123456789",
        "XQZ-123456789",
        "9981-2231",
        "99812231",
        "Zelda Quist",
        "Quist",
        "1234567893",
    ),
    *("Ferdinand Achterberg", "Dr. Achterberg", "555-777-1212"),
]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("frame", ["Discuss {} today.", "{}", "note:{};ok", "(see {})"])
def test_known_identifiers_leave_in_no_spelling(spelling: str, frame: str) -> None:
    text = frame.format(spelling)
    safe = sanitize(message(text), known=KNOWN, policy=POLICY, key=KEY)
    left = safe.document["messages"][0]["content"].lower()
    for part in spelling.lower().replace("\u2019", "'").replace(",", " ").split():
        if len(part.strip(".")) > 3 and part not in {"ending", "discuss"}:
            assert part not in left
    assert "PHI_" in safe.document["messages"][0]["content"]
    assert rehydrate(safe.document, safe.vault) == (message(text), 0)


@pytest.mark.parametrize(
    ("text", "is_name"),
    [
        ("Then May called the clinic.", True),
        ("Will May was seen.", True),
        ("Mr. May was seen.", True),
        ("Patient: Will", True),
        ("This may help and it will pass.", False),
        ("Seen in May 2020.", False),
        ("Will the rash go away?", False),
        ("IT WILL PASS AND MAY RECUR", False),
        ("MAY, WILL", True),
        ("Will reports pain.", True),
    ],
)
def test_names_that_are_words_need_a_sign(text: str, is_name: bool) -> None:
    """A name that is a word counts in mid-sentence capitals, beside another part, or labeled."""
    _, findings, _ = sanitize_text(text, known=identifiers_of([MAY]), policy=POLICY, key=KEY)
    assert any(finding.category == "name" for finding in findings) is is_name


def test_clinical_text_stays_as_it_is() -> None:
    text = "Parkinson disease, BP 120/80, strength 5/5, pain 10/10, 1/2 tab of 12/15 mg, E11.9."
    safe = sanitize(message(text), known=KNOWN, policy=POLICY, key=KEY)
    assert safe.document == message(text)
    assert safe.counts == {}


def test_equal_values_have_equal_tokens_under_one_key_only() -> None:
    texts = [f"Turn {turn}: Robert O'Neil-Garcia, 03/04/1980, {turn} mg" for turn in range(10)]
    tokens = {
        key: {
            frozenset(sanitize(message(text), known=KNOWN, policy=POLICY, key=key).vault.values)
            for text in texts
        }
        for key in (KEY, OTHER_KEY)
    }
    assert len(tokens[KEY]) == len(tokens[OTHER_KEY]) == 1
    assert not tokens[KEY].pop() & tokens[OTHER_KEY].pop()


def test_spellings_of_one_person_share_a_family() -> None:
    safe = sanitize(
        message("Robert O'Neil-Garcia. Bob. Garcia"), known=KNOWN, policy=POLICY, key=KEY
    )
    assert len({token[:14] for token in safe.vault.values}) == 1
    assert safe.counts == {"name": 1}


def test_intervals_can_be_read_off_date_tokens() -> None:
    safe = sanitize(message("03/04/2020 to 03/16/2020"), known=(), policy=POLICY, key=KEY)
    first, second = (
        int(token.split("_")[2].replace("P", "").replace("N", "-")) for token in safe.vault.values
    )
    assert second - first == 12


def test_no_offset_tells_an_age_over_89() -> None:
    safe = sanitize(message("born 03/04/1921"), known=(), policy=POLICY, key=KEY)
    assert [len(token.split("_")) for token in safe.vault.values] == [3]


def test_a_name_found_once_is_found_everywhere() -> None:
    document = {
        "system": "Note for Okonkwo.",
        "messages": [{"role": "user", "content": "Patient: Adaeze Okonkwo. Okonkwo is well."}],
    }
    safe = sanitize(document, known=(), policy=POLICY, key=KEY)
    assert "Okonkwo" not in json.dumps(safe.document)


def test_structure_is_read_and_kept() -> None:
    document: dict[str, Any] = {
        "context": {
            "patient": {
                "name": "Maria Lopez",
                "mrn": 5551234,
                "telecom": [{"value": "555-888-7777"}],
            },
            "observations": [{"code": "4548-4", "value": 7.2}],
            "John Q. Public, MD": "seen",
        },
        "messages": [
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "PHI_NAME_00000", "signature": "c2ln+/=="},
                    {
                        "type": "tool_use",
                        "id": "toolu_01",
                        "name": "find",
                        "input": {"q": "Garcia"},
                    },
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "toolu_01",
                        "content": '{"mrn": "482913"}',
                    }
                ],
            },
        ],
        "tools": [{"name": "find", "description": "Find Bob", "input_schema": {"type": "object"}}],
    }
    safe = sanitize(document, known=KNOWN, policy=POLICY, key=KEY)
    text = json.dumps(safe.document)
    for value in ("Lopez", "5551234", "888-7777", "Public", "Garcia", "482913", "Bob"):
        assert value not in text
    kept = safe.document["messages"][0]["content"]
    assert kept[0] == document["messages"][0]["content"][0]
    assert (kept[1]["id"], kept[1]["name"]) == ("toolu_01", "find")
    assert safe.document["context"]["observations"] == document["context"]["observations"]
    assert rehydrate(safe.document, safe.vault)[0] == document
    json.loads(safe.document["messages"][1]["content"][0]["content"])


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ({"type": "image", "source": {"type": "url", "url": "x"}}, "image-not-allowed"),
        ({"type": "document", "source": {"type": "base64"}}, "document-not-allowed"),
        ({"type": "input_audio", "data": "x"}, "unknown-block-type"),
        ({"text": "no type"}, "unknown-block-type"),
        (17, "unknown-block-type"),
    ],
)
def test_blocks_that_cannot_be_examined_are_refused(block: Any, reason: str) -> None:
    with pytest.raises(PhiBlocked) as refusal:
        sanitize(
            {"messages": [{"role": "user", "content": [block]}]}, known=(), policy=POLICY, key=KEY
        )
    assert refusal.value.extra["reasons"] == [reason]


def test_images_leave_where_the_policy_lets_them() -> None:
    block = {"type": "image", "source": {"type": "base64", "data": "aGk="}}
    document = {"messages": [{"role": "user", "content": [block]}]}
    policy = replace(POLICY, allows_images=True)
    assert sanitize(document, known=(), policy=policy, key=KEY).document == document


def test_readable_documents_are_sanitized() -> None:
    block = {"type": "document", "source": {"type": "text", "data": "MRN 482913"}, "title": "Bob"}
    document = {"messages": [{"role": "user", "content": [block]}]}
    text = json.dumps(sanitize(document, known=KNOWN, policy=POLICY, key=KEY).document)
    assert "482913" not in text
    assert "Bob" not in text


def test_mode_block_refuses_and_names_categories_only() -> None:
    policy = replace(POLICY, mode="block")
    with pytest.raises(PhiBlocked) as refusal:
        sanitize(message("MRN 482913"), known=(), policy=policy, key=KEY)
    assert refusal.value.extra == {"reasons": ["identifiers-found"], "categories": ["mrn"]}
    assert "482913" not in str(refusal.value)
    assert sanitize(message("no identifier"), known=(), policy=policy, key=KEY).counts == {}


def test_mode_redact_keeps_nothing_to_restore() -> None:
    safe = sanitize(message("MRN 482913"), known=(), policy=replace(POLICY, mode="redact"), key=KEY)
    assert safe.document == message("MRN [MRN]")
    assert len(safe.vault) == 0


def test_allowed_categories_and_listed_words_pass() -> None:
    policy = replace(
        POLICY, allowed_categories=frozenset({"date"}), allow_list=frozenset({"maria lopez"})
    )
    text = "Seen 03/04/2020 by Dr. Maria Lopez, MRN 482913"
    safe = sanitize(message(text), known=(), policy=policy, key=KEY)
    assert safe.counts == {"mrn": 1}


@pytest.mark.parametrize("document", [{"messages": object()}, {"context": {"a": {1, 2}}}, b"bytes"])
def test_any_fault_of_the_engine_closes_the_gate(document: Any) -> None:
    with pytest.raises(PhiBlocked):
        sanitize(document, known=KNOWN, policy=POLICY, key=KEY)


def test_a_fault_tells_nothing_about_the_text() -> None:
    broken: Any = ["Robert", "Garcia"]
    with pytest.raises(PhiBlocked) as refusal:
        sanitize(message("Robert Garcia"), known=[broken], policy=POLICY, key=KEY)
    assert refusal.value.extra["reasons"] == ["engine-failure"]
    assert refusal.value.__cause__ is None
    assert "Garcia" not in repr(refusal.value)


def test_forged_tokens_stay_inert_and_are_reported() -> None:
    honest = sanitize(message("Bob"), known=KNOWN, policy=POLICY, key=KEY)
    (token,) = honest.vault.values
    text = f"Who is {token}? And Bob?"
    safe = sanitize(message(text), known=KNOWN, policy=POLICY, key=KEY)
    assert safe.warnings == (FOREIGN_TOKEN,)
    assert token in safe.document["messages"][0]["content"]
    assert rehydrate(token, safe.vault) == (token, 1)
    assert rehydrate(safe.document, safe.vault)[0] == message(text)


def test_findings_point_into_the_original_text() -> None:
    text = "Señora 😀 PHI: SSN 123\u201145\u20116789, then Róbert&#39;s MRN&nbsp;482913"
    safe, findings, vault = sanitize_text(text, known=KNOWN, policy=POLICY, key=KEY)
    values = [text[finding.start : finding.end] for finding in findings]
    assert "123\u201145\u20116789" in values
    assert "Róbert" in values
    assert "482913" in values
    assert rehydrate(safe, vault)[0] == text


def test_results_cross_processes_and_show_no_values() -> None:
    safe = sanitize(message("Bob"), known=KNOWN, policy=POLICY, key=KEY)
    assert pickle.loads(pickle.dumps(safe)) == safe  # noqa: S301
    assert "Bob" not in repr(safe.vault) + repr(KNOWN)


IDENTIFIERS = st.sampled_from(
    [
        *SPELLINGS,
        "Dr. Maria Lopez",
        "MRN: 7712345",
        "jane@example.org",
        "2024-05-06T10:00",
        "5/6/2024",
    ]
)
NOISE = st.text(max_size=12) | st.sampled_from(
    [
        " ",
        "\n",
        "_",
        "PHI_",
        "PHI_NAME_",
        "_AB",
        "x",
        "\\",
        '"',
        "'s ",
        ", ",
        "{",
        "&#39;",
        "\\u0041",
        "%41",
    ]
)


@settings(max_examples=300)
@given(st.lists(IDENTIFIERS | NOISE, max_size=12).map("".join))
def test_what_was_sanitized_comes_back_byte_for_byte(text: str) -> None:
    document = {"system": text[::2], **message(text), "context": {text[:5] or "k": [text, 1]}}
    safe = sanitize(document, known=KNOWN, policy=POLICY, key=KEY)
    assert rehydrate(safe.document, safe.vault)[0] == document


@settings(max_examples=200)
@given(
    st.lists(IDENTIFIERS | st.sampled_from([" and ", ", ", "\n", " mg "]), max_size=8).map(" ".join)
)
def test_what_was_sanitized_passes_the_egress_scan(text: str) -> None:
    safe = sanitize(message(text), known=KNOWN, policy=POLICY, key=KEY)
    egress.scan(json.dumps(safe.document).encode(), {}, known=KNOWN, policy=POLICY)


@pytest.mark.parametrize(
    "text",
    [
        "Robert " * 30_000,
        "a" * 1_000_000,
        "1-" * 200_000,
        "John Smith, " * 20_000,
        "é" * 200_000,
        "PHI_NAME_" * 50_000,
        "a@" * 200_000,
        "(((((" * 100_000,
    ],
    ids=lambda text: text[:12],
)
def test_hostile_texts_end_soon(text: str) -> None:
    sanitize(message(text), known=KNOWN, policy=POLICY, key=KEY)


def test_a_patient_may_be_given_as_strings() -> None:
    known = identifiers_of(
        [{"name": "de la Cruz, Maria Elena", "address": "9 Elm Rd, Oxbow, ME 04001"}]
    )
    assert {
        one.value for one in known if one.part in {"first", "middle", "last", "city", "zip"}
    } == {
        *("Maria", "Elena", "de la Cruz", "Oxbow", "04001"),
    }
    assert identifiers_of([{"id": "1", "sex": "female", "name": None}]) == ()
    assert PATIENT["sex"] not in {one.value for one in KNOWN}
