"""The last scan denies what the first missed, and lets clean bodies go."""

import json
from dataclasses import replace

import pytest

from phi import egress
from phi.errors import EgressDenied
from phi.types import KnownIdentifier
from tests.phi.cast import KEY, KNOWN, POLICY, message

HARD = [
    *("123-45-6789", "SSN 123456789", "MRN: 482913", "(555) 234-9999", "555-234-9999"),
    *("jane@example.org", "4111 1111 1111 1111", "1EG4-TE5-MK73", "NPI 1234567893"),
    *("DEA AB1234563", "DOB 3/4/80", "00:1A:2B:3C:4D:5E", "ip address: 10.2.3.4"),
    *("call_404-555-0177", "call_404_555_0177", "ssn_523-68-4417", "get_ssn_523_68_4417_now"),
]
SIMPLE = [
    *(
        "Robert O'Neil-Garcia",
        "O'Neil-Garcia, Robert",
        "robert quentin o'neil-garcia",
        "O\u2019Neil-Garcia",
    ),
    *("1980-03-04", "03/04/1980", "3/4/1980", "March 4, 1980", "4 Mar 1980", "00482913"),
    *(
        "123 45 6789",
        "123456789",
        "555.234.5678",
        "5552345678",
        "bob.garcia@example.com",
        "bobbyg80",
    ),
    *(
        "12 oak street",
        "XQZ123456789",
        "9981-2231",
        "Zelda Quist",
        "Tannhauser Millworks",
        "LK-77-2",
    ),
    *("\uff32\uff4f\uff42\uff45\uff52\uff54 \uff2f'Neil-Garcia", "0048\u200b2913"),
]


def _scan(document: object, **headers: str) -> None:
    egress.scan(json.dumps(document).encode(), headers, known=KNOWN, policy=POLICY)


@pytest.mark.parametrize("value", [*HARD, *SIMPLE])
@pytest.mark.parametrize("place", ["text", "key", "deep", "header"])
def test_denies(value: str, place: str) -> None:
    documents = {
        "text": message(f"about {value}, please"),
        "key": {"tools": [{"input_schema": {"properties": {value: {}}}}]},
        "deep": {"a": [{"b": {"c": ["x", f"is {value}"]}}]},
        "header": message("hello"),
    }
    with pytest.raises(EgressDenied) as denial:
        _scan(documents[place], **({"x-note": value} if place == "header" else {}))
    assert denial.value.extra["reasons"]
    assert value not in str(denial.value) + repr(denial.value.extra)


@pytest.mark.parametrize(
    "document",
    [
        message("BP 120/80, strength 5/5, HbA1c 7.2%, ICD E11.9, 12 oak trees, 150-250-1000 mg"),
        {"model": "claude-sonnet-4-5-20250929", "max_tokens": 1024, "id": "msg_5552345678"},
        {"content": [{"type": "tool_use", "id": "toolu_4111111111111111", "input": {"n": 3}}]},
        {"content": [{"type": "thinking", "thinking": "...", "signature": "aa/5552349999+b=="}]},
        message("PHI_NAME_7KQ2M has PHI_SSN_7KQ2M_AB since PHI_DATE_P12345_7KQ2M"),
        {"role": "user", "tool_use_id": "toolu_1", "stop_reason": "end_turn"},
        message("550e8400-e29b-41d4-a716-446655440000"),
        {"tools": [{"name": "web_search_20250305"}, {"name": "get_labs_2024-01-02"}]},
        {"tool_call_id": "call_523_19_2024", "name": "score_120_80"},
    ],
)
def test_lets_clean_bodies_go(document: object) -> None:
    _scan(document, **{"x-request-id": "req_01HZX", "authorization": "Bearer abc"})


def test_opaque_fields_hold_no_known_value() -> None:
    with pytest.raises(EgressDenied):
        _scan({"content": [{"type": "thinking", "thinking": "MRN 00482913", "signature": "s"}]})


@pytest.mark.parametrize("body", [b"", b"not json", b'{"a": NaN', b"\xff\xfe", b"[" * 100_000])
def test_what_cannot_be_read_is_denied(body: bytes) -> None:
    with pytest.raises(EgressDenied) as denial:
        egress.scan(body, {}, known=(), policy=POLICY)
    assert denial.value.extra["reasons"] == ["scan-failed"]


def test_time_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress, "SECONDS_ALLOWED", -1.0)
    with pytest.raises(EgressDenied):
        _scan(message("hello"))


def test_a_patient_named_like_the_protocol_is_no_alarm() -> None:
    known = (
        KnownIdentifier("name", "User", 0, "last"),
        KnownIdentifier("name", "Model", 0, "last"),
    )
    egress.scan(json.dumps(message("hello")).encode(), {}, known=known, policy=POLICY)


def test_shares_no_code_with_the_first_scan() -> None:
    names = {name.split(".")[1] for name in vars(egress) if name.startswith("phi.")}
    source = (egress.__file__, KEY)
    with open(source[0], encoding="utf-8") as file:
        text = file.read()
    assert "phi.detect" not in text.replace("phi.detect and phi.sanitize", "")
    assert not names


DOUBTING = replace(POLICY, on_doubt="deny")


def _doubts(text: str) -> bool:
    try:
        egress.scan(json.dumps(message(text)).encode(), {}, known=(), policy=DOUBTING)
    except EgressDenied as denial:
        return list(denial.extra["reasons"]) == ["doubt:word"]
    return False


@pytest.mark.parametrize(
    "text",
    [
        *("Spoke with Quillfeather today.", "Tell Xanthrovik to rest", "Okonkwo reports pain"),
        *("per Achterberg, no fever", "His friend (Zephyrine)", "seen by Brzezinski and team"),
    ],
)
def test_a_capitalized_stranger_raises_doubt_where_the_policy_asks(text: str) -> None:
    assert _doubts(text)
    egress.scan(json.dumps(message(text)).encode(), {}, known=(), policy=POLICY)


@pytest.mark.parametrize(
    "text",
    [
        "Continue lisinopril and Augmentin; Parkinson disease, Foley catheter, Apgar 8/9.",
        "PHI_NAME_7KQ2M was seen on PHI_DATE_P14149_C6A1F. The Mosteller formula gives 1.8 m2.",
        "Wagner grade 2 ulcer, Hoehn and Yahr stage 3, HFrEF, NYHA III, COVID, Glu 140.",
        "Coxsackie, Norwalk, West Nile and Ebola viruses; Jatene switch; Krebs cycle.",
        "MONDAY, THE PATIENT CAME IN. In March she flew to Spain.",
        "will may rose long",
    ],
)
def test_words_of_a_clinic_raise_none(text: str) -> None:
    assert not _doubts(text)


def test_doubt_heeds_allowed_words_and_categories() -> None:
    body = json.dumps(message("Spoke with Quillfeather")).encode()
    for policy in (
        replace(DOUBTING, allow_list=frozenset({"quillfeather"})),
        replace(DOUBTING, allowed_categories=frozenset({"name"})),
    ):
        egress.scan(body, {}, known=(), policy=policy)
