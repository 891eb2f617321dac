"""Encoded identifiers: the model gets a token, in whatever notation and however often hidden."""

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phi.detect.view import MOST_NESTED, view_of
from phi.errors import PhiBlocked
from phi.known import identifiers_of
from phi.rehydrate import rehydrate_text
from phi.sanitize import sanitize_text
from phi.types import PhiPolicy

POLICY = PhiPolicy("test", 1)
KEY = bytes(32)
KNOWN = identifiers_of([{"name": "Zephyrine Quillfeather", "mrn": "7718203", "ssn": "523-68-4417"}])
LINE = "Zephyrine Quillfeather, MRN 7718203, SSN 523-68-4417"

Notation = Callable[[str], str]


def each(form: str) -> Notation:
    return lambda text: "".join(form.format(ord(character)) for character in text)


def units(lead: str) -> Notation:
    """Return a notation of UTF-16, two octets at a time."""
    return lambda text: lead + text.encode("utf-16-be").hex(":", 2).replace(":", lead)


def octets(form: str, between: str = "") -> Notation:
    return lambda text: between.join(form.format(octet) for octet in text.encode())


NOTATIONS: dict[str, Notation] = {
    "decimal entities": each("&#{};"),
    "hexadecimal entities": each("&#x{:x};"),
    "percent": octets("%{:02X}"),
    "query": lambda text: quote(text, safe=""),
    "\\u": units("\\u"),
    "\\x": octets("\\x{:02x}"),
    "\\u{}": each("\\u{{{:x}}}"),
    "\\U": each("\\U{:08x}"),
    "octal": octets("\\{:03o}"),
    "%u": units("%u"),
    "U+": lambda text: " ".join(f"U+{ord(character):04X}" for character in text),
    "tags": lambda text: "".join(chr(0xE0000 + ord(character)) for character in text),
    "full width": lambda text: "".join(
        chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in text
    ),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "a JSON string": json.dumps,
}
OUTSIDE: dict[str, Notation] = {
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "a hexadecimal dump": octets("{:02x}", " "),
    "octets of a program": octets("0x{:02x}", ", "),
    "a fingerprint": octets("{:02X}", ":"),
    "decimal octets": octets("{}", " "),
    "bits": octets("{:08b}", " "),
}
PAIRS = [
    (f"{outer} of {inner}", NOTATIONS[outer], NOTATIONS[inner])
    for outer in NOTATIONS
    for inner in NOTATIONS
    if outer not in {"tags", "full width", "a JSON string"}
]


def told(text: str) -> str:
    """Return what leaves of a text, which must come back as it was."""
    safe, _, vault = sanitize_text(text, known=KNOWN, policy=POLICY, key=KEY)
    assert rehydrate_text(safe, vault) == (text, 0)
    return safe


def hides(safe: str, written: Notation) -> None:
    """Assert that neither the whole nor a part of the line is left in this notation."""
    for part in (LINE, "Quillfeather", "7718203", "523-68-4417"):
        assert written(part).strip('"=') not in safe


@pytest.mark.parametrize("name", [*NOTATIONS, *OUTSIDE])
def test_no_notation_carries_an_identifier_out(name: str) -> None:
    written = {**NOTATIONS, **OUTSIDE}[name]
    safe = told(f"Sum up: {written(LINE)} as of today.")
    assert safe.startswith("Sum up: ")
    hides(safe, written)


@pytest.mark.parametrize(
    ("outer", "inner"), [pair[1:] for pair in PAIRS], ids=[p[0] for p in PAIRS]
)
def test_nor_does_one_within_another(outer: Notation, inner: Notation) -> None:
    hides(told(f"Sum up: {outer(inner(LINE))}"), lambda text: outer(inner(text)))


@pytest.mark.parametrize(
    "text",
    [
        *("WmVwaHlyaW5l", "UXVpbGxmZWF0aGVy", "NzcxODIwMw==", "NTIzLTY4LTQ0MTc=", "5a65706879"),
        "c3RyYW5nZXJAY2xpbmljLmV4YW1wbGUub3Jn",  # of somebody nobody announced
    ],
)
def test_a_short_run_goes_where_an_identifier_stands_in_it(text: str) -> None:
    assert text not in told(f"attached: {text}, see there")


@pytest.mark.parametrize(
    "text",
    [
        *("HbA1c 8.1 %, LDL 130, pCO2 40", "QTc 440, FEV1/FVC 72 %", "SpO2 97% on 2LNC"),
        "HR 68 72 75 70 66 69 71 73 64 62, all regular",
        "glucose 101 112 104 121 114 105 110 101 116 104",
        *("C:\\new\\table\\100\\010.txt", "printf('\\n\\t')", "AT&amp;T", "100%25 of it"),
        *("d41d8cd98f00b204e9800998ecf8427e", "McDonald's sign", "eGFR, mRNA, VLDLreceptor"),
        *("gene BRCA1del4bp", "deadbeef", "ELECTROENCEPHALOGRAM"),
    ],
)
def test_ordinary_words_and_rows_of_readings_stay(text: str) -> None:
    safe, found, _ = sanitize_text(text, known=(), policy=POLICY, key=KEY)
    assert not {each.recognizer for each in found} & {
        *("encoded-text", "dumped-text", "encoded-identifier")
    }, safe


def test_endless_nesting_is_refused() -> None:
    text = LINE
    for _ in range(MOST_NESTED + 1):
        text = text.replace("&", "&#38;") if "&" in text else each("&#{};")(text)
    assert "Quillfeather" not in told(text)
    with pytest.raises(PhiBlocked) as refusal:
        told(text.replace("&", "&#38;"))
    assert refusal.value.extra["reasons"] == ["encoded-too-deep"]
    assert "Quillfeather" not in told("&" + "amp;" * 10_000 + "#81;uillfeather")


@given(
    st.lists(
        st.sampled_from(
            [
                "a",
                " ",
                "é",
                "\u200b",
                "&#38;",
                "#38;",
                "%25",
                "41",
                "\\u0026",
                "\\x5c",
                "x41",
                "\uff21",
            ]
        ),
        max_size=20,
    )
)
def test_each_place_of_a_view_leads_into_the_original(pieces: list[str]) -> None:
    """In order, within the text, and together over all that was read."""
    text = "".join(pieces)
    view = view_of(text)
    at = 0
    for place in range(len(view.text)):
        start, end = view.original_span(place, place + 1)
        assert at <= start < end <= len(text)
        at = start
