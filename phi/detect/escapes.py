"""Escaped characters: how the notations of the web and of programs write one, and which it is.

`\\uXXXX`, `\\u{X}`, `\\UXXXXXXXX`, `\\xXX`, octal, `\\n`, `&#..;` and named entities, `%XX`,
`%uXXXX`, `U+XXXX`, quoted-printable, and inline tags, which stand for nothing.
"""

import html
import re
from typing import Final

_INLINE_TAG = r"</?(?:b|i|u|em|strong|mark|span|font|wbr)(?: [a-z-]{1,12}=[^<>]{0,120})? ?/?>"
_CHARACTERS = (
    r"(?:\\u[0-9a-fA-F]{4})+",
    r"(?:\\u\{[0-9a-fA-F]{1,6}\})+",
    r"(?:\\U[0-9a-fA-F]{8})+",
    r"(?:\\x[0-9a-fA-F]{2})+",
    r"(?:\\[0-3][0-7]{2}){2,}",
    r"&(?:amp;)*(?:#[xX]?[0-9a-fA-F]{1,6}|[A-Za-z]{2,8}[0-9]{0,2});",
    r"(?:%(?:25)*[0-9A-Fa-f]{2})+",
    r"(?:%u[0-9a-fA-F]{4})+",
    r"U\+[0-9a-fA-F]{4,6}(?:,? ?U\+[0-9a-fA-F]{4,6})+",
    r"(?:=[C-F][0-9A-F](?:=[89AB][0-9A-F]){1,3})+",  # quoted-printable, RFC 2045 section 6.7
)
_ESCAPES = (
    *_CHARACTERS,
    r"\\[nrt\"/]",
    r"(?<=\S)=\r?\n(?=\S)",  # the soft line break of quoted-printable
    _INLINE_TAG,
)
SPECIAL: Final = re.compile("|".join((r"[^\x00-\x7f]+", *_ESCAPES)))
SPECIAL_IN_JSON: Final = re.compile(rf"{SPECIAL.pattern}|\\\\")
# What is left of a notation inside a notation. A lone \n there is as likely the path C:\new.
NESTED: Final = re.compile("|".join(_CHARACTERS))
MAY_BE_SPECIAL: Final = re.compile(
    r"\\[uUxnrt\"/0-3]|&[#A-Za-z]|%[0-9A-Fa-fu]|U\+|=[C-F][0-9A-F]=|=\r?\n|</?[biuemsfw]"
)
_ESCAPED = {"\\n": "\n", "\\r": "\r", "\\t": "\t", '\\"': '"', "\\/": "/", "\\\\": "\\"}
_PERCENT = re.compile(r"%(?:25)*([0-9A-Fa-f]{2})")
_FIGURES = re.compile(r"[0-9a-fA-F]{1,8}")
_AMPERSANDS = re.compile(r"&(?:amp;)+")
_LAST_CHARACTER = 0x10FFFF


def decoded(run: str) -> str:
    """Return the characters that a run of one notation stands for."""
    if run[0] == "%" and run[1] != "u":
        octets = "".join(match[1] for match in _PERCENT.finditer(run))
        return bytes.fromhex(octets).decode("utf-8", "replace")
    if run[0] == "&":
        return html.unescape(_AMPERSANDS.sub("&", run))
    if run[0] == "=":
        return (
            "" if run[1] < "0" else bytes.fromhex(run.replace("=", "")).decode("utf-8", "replace")
        )
    if run[0] == "<":
        return ""
    return _unescaped(run)


def _unescaped(run: str) -> str:
    if run.startswith("\\x"):
        return bytes.fromhex(run.replace("\\x", "")).decode("utf-8", "replace")
    if "0" <= run[1] <= "3":
        return bytes(int(octal, 8) for octal in run[1:].split("\\")).decode("utf-8", "replace")
    if run[1] not in "uU+":
        return _ESCAPED[run]
    if run.startswith(("\\u{", "\\U", "U+")):
        return "".join(map(_character, _FIGURES.findall(run)))
    return bytes.fromhex(run.replace(run[:2], "")).decode("utf-16-be", "replace")


def _character(figures: str) -> str:
    code = int(figures, 16)
    is_one = code <= _LAST_CHARACTER and not 0xD800 <= code <= 0xDFFF
    return chr(code) if is_one else "\ufffd"
