"""Files of a request: the text of PDFs, images without notes, and files that mean harm."""

import os
import signal
import struct
import zlib
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from phi import offload
from phi.errors import PhiBlocked
from phi.files import images, pdf, reading
from phi.sanitize import sanitize
from phi.types import PhiPolicy
from tests.phi.cast import KEY, POLICY
from tests.phi.pdfs import base64, block, locked, with_secrets
from tests.phi.pdfs import pdf as made

OPEN = replace(POLICY, allows_documents=True, allows_images=True)
NOTE = "Patient: Zephyrine Quillfeather\nMRN 482913"


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    offload.close()


def reasons(content: bytes | str) -> list[str]:
    with pytest.raises(PhiBlocked) as refusal:
        pdf.read(content if isinstance(content, str) else base64(content))
    return list(refusal.value.extra["reasons"])


def message(*blocks: object) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(blocks)}]


async def read(policy: PhiPolicy, *blocks: object) -> reading.ReadFiles:
    return await reading.read(message(*blocks), policy)


def test_the_text_of_each_page_is_read() -> None:
    found = pdf.read(base64(made([NOTE, "Second page."])))
    assert found.text.splitlines() == [*NOTE.splitlines(), "", "Second page."]
    assert found.pages_without_text == ()


def test_a_page_without_text_is_named_in_its_place() -> None:
    found = pdf.read(base64(made(["First.", "", "Third."])))
    assert found.text == "First.\n\n[No readable text on page 2.]\n\nThird."
    assert found.pages_without_text == (2,)


def test_metadata_and_attachments_stay_behind() -> None:
    assert pdf.read(base64(with_secrets(made(["Lungs clear."])))).text == "Lungs clear."


def test_a_file_without_a_text_layer_has_no_text() -> None:
    assert not pdf.read(base64(made(["", ""]))).is_readable


@pytest.mark.parametrize(
    "text",
    [
        "\x01\x02\x03\x04 a b",
        "/g12/g7/g44/g12 ab",
        "(cid:12)(cid:7) ab",
        "/1/2/3/4/5 ab",
        "1/2/3/4/5/6/7 a",
        "\ue001\ue002 ab",
        "?",
    ],
)
def test_glyphs_that_map_to_no_letters_are_no_text(text: str) -> None:
    assert not pdf._is_readable(text)


@pytest.mark.parametrize("text", ["Born 04/09/1961.", "BP 120/80", "3/4 1/2", "12/24 5/5 7/2/25"])
def test_days_and_fractions_are_no_names_of_glyphs(text: str) -> None:
    assert pdf._is_readable(text)


def test_a_lock_without_a_password_opens_and_one_with_is_refused() -> None:
    assert pdf.read(base64(locked(made([NOTE]), ""))).text == NOTE
    assert reasons(locked(made([NOTE]), "secret")) == ["document-encrypted"]


MALFORMED = {
    "no base64": "%%%",
    "no pdf": base64(b"MZ\x90\x00" * 100),
    "nothing": "",
    "only its head": base64(b"%PDF-1.7\n"),
    "cut off": base64(made([NOTE])[:300]),
    "no pages": base64(b"%PDF-1.7\n1 0 obj << >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF"),
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_a_broken_file_is_refused_as_broken(content: str) -> None:
    assert reasons(content) == ["document-malformed"]


def test_a_stream_of_endless_work_is_refused() -> None:
    small = b"BT /F1 12 Tf " + b"0 0 Td " * 1_200_000  # 8 MB
    assert reasons(made([], streams=[small])) == ["document-too-complex"]


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = b"BT " + b"0 0 Td " * 5_000_000  # 35 MB, packed to a thousandth
    assert reasons(made([], streams=[bomb])) == ["document-too-complex"]


@pytest.mark.parametrize("kids", ["2 0 R", "2 0 R 2 0 R", "4 0 R 2 0 R"])
def test_pages_that_lead_back_to_themselves_are_refused(kids: str) -> None:
    assert reasons(made([NOTE], kids=kids))[0] in {"document-malformed", "document-too-complex"}


def test_too_many_pages_are_refused_not_cut() -> None:
    kids = " ".join(["4 0 R"] * (pdf.MOST_PAGES + 1))
    assert reasons(made([NOTE], kids=kids)) == ["document-too-long"]


def test_too_much_text_is_refused_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MOST_CHARACTERS", 20)
    assert reasons(made([NOTE])) == ["document-too-long"]


def test_a_file_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MOST_SECONDS", -1.0)
    assert reasons(made([NOTE])) == ["document-too-complex"]


def test_no_refusal_quotes_the_file(caplog: pytest.LogCaptureFixture) -> None:
    refused = []
    for start in range(0, 400, 40):
        content = made([NOTE])
        broken = content[:start] + b"/Quillfeather ((( <<" + content[start:]
        try:
            pdf.read(base64(broken))
        except PhiBlocked as error:
            refused.append(error)
    assert refused
    assert not [error for error in refused if "Quill" in repr(error) or error.__cause__]
    assert "Quill" not in caplog.text


async def test_a_pdf_leaves_as_sanitized_text_whatever_the_policy() -> None:
    for policy in (POLICY, OPEN):
        files = await read(policy, {"type": "text", "text": "Sum up."}, block(made([NOTE])))
        safe = sanitize({"messages": files.messages}, known=(), policy=policy, key=KEY).document
        source = safe["messages"][0]["content"][1]["source"]
        assert (source["type"], source["media_type"]) == ("text", "text/plain")
        assert "Quillfeather" not in str(safe)
        assert "482913" not in source["data"]
        assert base64(made([NOTE]))[:40] not in str(safe)
        assert files.characters == len(NOTE)


async def test_a_pdf_in_a_tool_result_is_read_too() -> None:
    result = {
        "type": "tool_result",
        "tool_use_id": "t1",
        "content": [block(made(["Lungs clear."]))],
    }
    files = await read(POLICY, result)
    assert files.messages[0]["content"][0]["content"][0]["source"]["data"] == "Lungs clear."


async def test_without_a_text_layer_the_policy_decides() -> None:
    scanned = block(made([""]))
    with pytest.raises(PhiBlocked) as refusal:
        await read(POLICY, scanned)
    assert refusal.value.extra == {"reasons": ["document-without-text"]}
    assert (await read(OPEN, scanned)).messages == message(scanned)


@pytest.mark.parametrize("policy", [POLICY, OPEN])
async def test_a_locked_or_broken_file_leaves_under_no_policy(policy: PhiPolicy) -> None:
    for content in (locked(made([NOTE]), "secret"), b"%PDF-1.7"):
        with pytest.raises(PhiBlocked):
            await read(policy, block(content))


async def test_pages_without_text_are_told() -> None:
    files = await read(POLICY, block(made(["First.", ""])))
    assert files.warnings == (reading.PAGES_WITHOUT_TEXT,)


async def test_many_documents_are_too_many() -> None:
    with pytest.raises(PhiBlocked) as refusal:
        await read(POLICY, *[block(b"%PDF-")] * (reading.MOST_DOCUMENTS + 1))
    assert refusal.value.extra == {"reasons": ["too-many-documents"]}


async def test_a_file_that_hangs_its_reader_is_refused_and_the_next_one_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await read(POLICY, block(made([NOTE])))
    monkeypatch.setattr(offload, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(offload, "SLOWEST_BYTES_PER_SECOND", 10**9)
    os.kill(offload._current()._process.pid or 0, signal.SIGSTOP)
    with pytest.raises(PhiBlocked) as refusal:
        await read(POLICY, block(made([NOTE])))
    assert refusal.value.extra == {"reasons": ["engine-timeout"]}
    monkeypatch.setattr(offload, "PATIENCE_SECONDS", 60.0)
    assert (await read(POLICY, block(made([NOTE])))).characters == len(NOTE)


async def test_messages_without_files_are_left_alone() -> None:
    given = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": [{"type": "text"}]},
    ]
    assert (await reading.read(given, POLICY)).messages is given


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


JFIF = segment(0xE0, b"JFIF\0")
TABLE = segment(0xDB, b"table")
SCAN = segment(0xDA, b"scan") + b"\x12\x34\xff\x00\x56\xff\xd9"
JPEG = b"\xff\xd8" + JFIF + TABLE + SCAN
EXIF = segment(0xE1, b"Exif\0\0Zephyrine Quillfeather, 12 Oak St")


def chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


PNG_START = b"\x89PNG\r\n\x1a\n"
PNG = (chunk(b"IHDR", b"head"), chunk(b"IDAT", b"pixels"), chunk(b"IEND", b""))


def webp(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def riff(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


PIXELS = riff(b"VP8 ", b"pixel")
IMAGES = [
    ("image/jpeg", JPEG, JPEG),
    ("image/jpeg", b"\xff\xd8" + JFIF + EXIF + TABLE + segment(0xFE, b"comment") + SCAN, JPEG),
    ("image/jpeg", JPEG + b"a hidden clip of Zephyrine", JPEG),
    ("image/png", PNG_START + b"".join(PNG), PNG_START + b"".join(PNG)),
    (
        "image/png",
        PNG_START + PNG[0] + chunk(b"tEXt", b"Author\0Z") + chunk(b"eXIf", b"x") + PNG[1] + PNG[2],
        PNG_START + b"".join(PNG),
    ),
    ("image/png", PNG_START + b"".join(PNG) + b"appended", PNG_START + b"".join(PNG)),
    ("image/webp", webp(PIXELS), webp(PIXELS)),
    (
        "image/webp",
        webp(
            riff(b"VP8X", b"\x1c" + bytes(9)),
            PIXELS,
            riff(b"EXIF", b"Zephyrine"),
            riff(b"XMP ", b"x"),
        ),
        webp(riff(b"VP8X", b"\x10" + bytes(9)), PIXELS),
    ),
    ("image/gif", b"GIF89a", b"GIF89a"),
]


@pytest.mark.parametrize(("media_type", "given", "expected"), IMAGES)
def test_images_lose_their_notes_and_nothing_else(
    media_type: str, given: bytes, expected: bytes
) -> None:
    assert b64decode(images.without_notes(media_type, base64(given))) == expected


@pytest.mark.parametrize(
    ("media_type", "given"),
    [
        *(
            (kind, content)
            for kind in ("image/jpeg", "image/png", "image/webp")
            for content in (b"", b"GIF89a")
        ),
        ("image/jpeg", b"\xff\xd8" + JFIF[:3]),
        ("image/jpeg", b"\xff\xd8" + segment(0xE1, b"")[:3] + b"\x00"),
        ("image/jpeg", b"\xff\xd8\x00\x00"),
        ("image/jpeg", b"\xff\xd8" + JFIF),
        ("image/png", PNG_START + PNG[0]),
        ("image/png", PNG_START + struct.pack(">I4s", 2**31, b"IDAT")),
        ("image/webp", webp(PIXELS)[:-2]),
        ("image/webp", webp(b"VP8 " + struct.pack("<I", 10**9))),
    ],
)
def test_what_is_no_image_of_its_kind_is_refused(media_type: str, given: bytes) -> None:
    with pytest.raises(PhiBlocked) as refusal:
        images.without_notes(media_type, base64(given))
    assert refusal.value.extra == {"reasons": ["image-malformed"]}


async def test_an_allowed_image_leaves_without_its_notes() -> None:
    noted = b"\xff\xd8" + JFIF + EXIF + TABLE + SCAN
    image = {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/jpeg", "data": base64(noted)},
    }
    files = await read(OPEN, image)
    assert files.messages[0]["content"][0]["source"]["data"] == base64(JPEG)
    with pytest.raises(PhiBlocked) as refusal:
        sanitize(
            {"messages": (await read(POLICY, image)).messages}, known=(), policy=POLICY, key=KEY
        )
    assert refusal.value.extra == {"reasons": ["image-not-allowed"]}
