"""What a person asks for, apart from what they attached to it.

Attached charts, mails, logs, code, quotations and footers are the matter of a task; its difficulty
lies in the lines that say what to do with them. Only those lines are judged. Everything here is
linear in the text, and only bounded parts of it are kept.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import re2

from phi.tokens import PREFIXES
from routing.classify.asking import (
    ASK_STARTS,
    CLOSINGS,
    COMMANDS,
    MECHANICAL,
    RECORD_HEADS,
    SECTIONS,
    SENTENCE_END,
    asks,
    first_word,
)
from routing.classify.language import language_of
from routing.classify.normal import words_of
from routing.classify.opinion import wants_opinion
from routing.classify.paragraphs import Paragraph, settle
from routing.types import Json

LOOK_AT = 12_000  # characters of the last user text; of a longer one, its two ends
KEEP_WHOLE = 700  # characters of request that need no thinning
KEEP = 900
KEEP_RECORD = 2_000  # characters of attachments in which facts are counted
KEEP_SYSTEM = 600
SIGNED_LINES = 5
SIGNED_LENGTH = 70  # characters


@dataclass(frozen=True, slots=True)
class RequestText:
    """The parts of a sanitized request that a verdict looks at."""

    focus: str  # the lines that hold the request
    last_user: str  # the person's latest message, bounded
    record: str = ""  # what was attached to it, bounded: its facts count, its words do not
    system: str = ""  # the same for the system prompt
    language: str = "en"
    mentions_patient: bool = False  # a PHI token stands for a person, and says nothing else
    has_code: bool = False
    attached_characters: int = 0


def read(
    messages: Sequence[Mapping[str, Json]], system: Json = None, context: Json = None
) -> RequestText:
    """Return what there is to judge. `context` says nothing about difficulty and is not read."""
    return read_texts(*looked_at(messages, system))


def looked_at(messages: Sequence[Mapping[str, Json]], system: Json = None) -> tuple[str, str, str]:
    """Return the texts on which all that is read depends.

    They are the person's last text, the system's, and what a tool returned last after the former.
    """
    asked, returned = _last_texts(messages)
    return asked, _text_of(system)[:LOOK_AT], returned[:KEEP_RECORD]


def read_texts(whole: str, system: str, returned: str = "") -> RequestText:
    """Return what there is to judge in these texts; a tool's is matter like any attachment."""
    bounded = (
        whole if len(whole) <= LOOK_AT else f"{whole[: LOOK_AT // 2]}\n{whole[-LOOK_AT // 2 :]}"
    )
    plain = _without_tokens(bounded)
    asked, attached = _split(plain)
    attached += _without_tokens(returned).splitlines()
    instructions = _thin(_split(_without_tokens(system))[0])
    # Who sends nothing but a record, without any instruction, asks for what to make of it; and so
    # does who adds no more to it than "ok?" or "plan".
    if (attached and not (asked or instructions)) or wants_opinion("\n".join(asked)):
        asked, attached = [*asked, *attached], []
    focus = _thin(asked)
    return RequestText(
        focus=focus,
        last_user=plain[:LOOK_AT],
        record="\n".join(attached)[:KEEP_RECORD],
        system=instructions[:KEEP_SYSTEM],
        language=language_of(focus),
        mentions_patient=plain != bounded,
        has_code="```" in plain or bool(_CODE.search(plain)),
        attached_characters=max(0, len(whole) - len(focus)),
    )


def _without_tokens(text: str) -> str:
    return _PHI_TOKEN.sub("patient", text) if "_" in text else text


def _last_texts(messages: Sequence[Mapping[str, Json]]) -> tuple[str, str]:
    """Return the text a person wrote last, and the last that a tool returned since."""
    returned = ""
    for message in reversed(messages):
        content = message.get("content") if message.get("role") == "user" else ""
        if text := _text_of(content):
            return text, returned
        returned = returned or _returned(content)
    return "", returned


def _returned(content: Json) -> str:
    """Return what the tools of one message returned, where that is text."""
    return "\n".join(_text_of(b.get("content")) for b in _blocks(content, "tool_result"))


def _text_of(content: Json) -> str:
    if isinstance(content, str):
        return content
    texts = (block.get("text") for block in _blocks(content, "text"))
    return "\n".join(text for text in texts if isinstance(text, str))


def _blocks(content: Json, kind: str) -> list[Mapping[str, Json]]:
    blocks = content if isinstance(content, list | tuple) else ()
    return [b for b in blocks if isinstance(b, Mapping) and b.get("type") == kind]


def _split(text: str) -> tuple[list[str], list[str]]:
    """Return the lines that may hold the request, and those that were attached."""
    reader = _Reader()
    for line in _INLINE_TITLE.sub("\n", _QUOTATION.sub(" ", text)).splitlines():
        reader.read(line.strip())
    return settle(reader.paragraphs)


class _Reader:
    """Reads a message line by line, and knows whether it stands inside a record."""

    def __init__(self) -> None:
        self.paragraphs = [Paragraph()]
        self._closing = ""  # what ends the block one is in
        self._in_record = False
        self._has_asked = False
        self._signed = 0  # lines below a farewell that may still be a signature

    def read(self, line: str) -> None:
        """Put one stripped line where it belongs."""
        if self._closing:
            self._closing = "" if self._closing in line else self._closing
            self.paragraphs[-1].attached.append(line)
        elif not line:
            self.paragraphs.append(Paragraph())
        elif opened := _closing_of(line):
            self._closing = opened
        elif not (line.startswith(">") or _FOOTER.search(line) or self._is_signature(line)):
            self._sort(line, self.paragraphs[-1])

    def _sort(self, line: str, paragraph: Paragraph) -> None:
        if self._in_record and not _resumes(line):
            paragraph.attached.append(line)
            head, colon, _ = line.partition(":")
            paragraph.is_headed |= bool(colon) and " ".join(words_of(head[:40])) in SECTIONS
        elif (self._has_asked or len(self.paragraphs) > 1) and _is_title(line):
            self._in_record = paragraph.is_headed = True
        else:
            request, record, self._in_record = _cut(line, is_first=not self._has_asked)
            paragraph.asked += [request] if request else []
            paragraph.attached += [record] if record else []
            paragraph.is_headed |= self._in_record and not request
            self._has_asked = self._has_asked or bool(request)

    def _is_signature(self, line: str) -> bool:
        """Return whether a line is a farewell, or one of the few short ones below it."""
        if self._has_asked and " ".join(words_of(line[:40])) in CLOSINGS:
            self._signed = SIGNED_LINES
            return True
        self._signed -= self._signed > 0
        is_short = len(line) < SIGNED_LENGTH and ":" not in line and not asks(line)
        self._signed = self._signed if is_short else 0
        return self._signed > 0


def _closing_of(line: str) -> str:
    """Return what closes the block that a line opens, if it opens one and does not close it too."""
    for fence in ("```", '"""', "'''"):
        if line.count(fence) == 1:
            return fence
    tag = _TAG.match(line)
    return f"</{tag.group(1)}" if tag and f"</{tag.group(1)}" not in line else ""


def _cut(line: str, *, is_first: bool) -> tuple[str, str, bool]:
    """Return a line's request, its record, and whether a record follows it.

    `Note: ...` is a record, and so is what comes after `Extract the MRN from this chart: `.
    """
    head, colon, rest = line.partition(":")
    words = words_of(head[:200]) if colon else []
    if not words:
        return line, "", False
    if " ".join(words[-3:]) in RECORD_HEADS or " ".join(words[-2:]) in RECORD_HEADS:
        return _before_record(words, head, rest)
    if words[-1] in RECORD_HEADS:
        return _before_record(words, head, rest)
    if MECHANICAL.intersection(words[:4]):
        return f"{head}{_continued(rest)}", rest, not rest.strip()
    if not is_first and len(words) < 5 and rest.strip() and ASK_STARTS.isdisjoint(words):
        return "", rest, True
    return line, "", not rest.strip() and len(words) > 2


def _before_record(words: list[str], head: str, rest: str) -> tuple[str, str, bool]:
    """Return the request before a record's title: none when the line starts with the title."""
    asks = len(words) > 3 and not ASK_STARTS.isdisjoint(words)
    return f"{head if asks else ''}{_continued(rest)}", rest, True


def _continued(record: str) -> str:
    """Return the sentences after a record in its line that ask for more: `Then tell me ...`."""
    sentences = SENTENCE_END.split(record)[1:]
    later = (s for s in sentences if words_of(s[:20])[:1] in _CONTINUES)
    return "".join(f"\n{sentence}" for sentence in later)


def _is_title(line: str) -> bool:
    """Return whether a line below the request begins a record: DISCHARGE SUMMARY, Dear Dr."""
    if _SALUTATION.match(line):
        return True
    return line.isupper() and len(line) < 60 and " " in line and not line.endswith(("?", "!"))


def _resumes(line: str) -> bool:
    """Return whether a line inside a record is the person speaking again."""
    if len(line) > 300:
        return False
    word = first_word(line)
    return word in COMMANDS or (word in ASK_STARTS and line.endswith("?"))


def _thin(lines: list[str]) -> str:
    """Return the lines as one text; of a long one the ends and the sentences that ask."""
    text = "\n".join(lines)
    if len(text) <= KEEP_WHOLE:
        return text
    sentences = [s for line in lines for s in SENTENCE_END.split(line) if s]
    last = len(sentences) - 2
    kept = [s[:300] for i, s in enumerate(sentences) if i < 2 or i >= last or asks(s)]
    joined = "\n".join(kept)
    return joined if len(joined) <= KEEP else f"{joined[: KEEP // 2]}\n{joined[-KEEP // 2 :]}"


_CONTINUES: Final = tuple(
    [word] for word in ("then", "also", "finally", "luego", "despues", "tambien", "ademas")
)

_PHI_TOKEN: Final = re2.compile(rf"\b(?:{'|'.join(PREFIXES)})_[A-Z]+(?:_[A-Z0-9]+)+\b")
_QUOTATION: Final = re2.compile(
    r'"[^"\n]{24,}"|“[^”\n]{24,}”|«[^»\n]{24,}»|(?:^|[\s:(])\'[^\n\']{24,}\''
)
_FOOTER: Final = re2.compile(
    r"(?i)confidential|intended (?:only )?for the|unauthorized|disclaimer|sent from my|^fax\b|"
    r"\bpage \d+ of|p[aá]gina \d+ de|^-{2,}|^={3,}|^_{3,}|aviso legal|enviado desde|"
    r"electronically signed|firmado electr|^tel[:. ]|^cc:|printed on|all rights reserved"
)
_SALUTATION: Final = re.compile(r"(?:Dear|To whom|Estimad[oa]|A quien)\b")
_INLINE_TITLE: Final = re.compile(r"(?<=[.?!]) (?=[A-Z][a-z]{3,20}(?: [a-z]{3,20})?: )")
_TAG: Final = re.compile(r"<([a-zA-Z_]{2,30})[^<>]{0,80}>")
_CODE: Final = re2.compile(
    r"(?m)^\s*(?:def \w+\(|class \w+[(:]|import \w+|from \w+ import|SELECT .+ FROM|\w+ = \w+\(|"
    r"if \(.*\) ?\{|function \w+\(|const \w+ =|return \w+|Traceback|\{$)"
)
