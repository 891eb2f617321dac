"""The grammar of tokens, written once: what stands in for an identifier outside the house.

    token    = prefix "_" TYPE "_" [offset "_"] body check ["_" variant]
    prefix   = "PHI", or "PHJ", "PHK" ... when the input already holds such a pattern
    offset   = ("P" | "N") days          only full dates: signed days from the case's day zero
    body     = 4 characters of Crockford's base 32: HMAC-SHA256(key, type, canonical value)
    check    = 1 character over type and body
    variant  = 2 characters: another spelling of the same value

Tokens are derived, not stored: equal under one key, unlinkable under another. The day zero of a
case is a secret day derived from its key, so that intervals can be read off two tokens (intervals
are not identifiers) and a date has one token in every turn, whatever other dates stand beside it.
Days more than 89 years ago carry no offset (45 CFR 164.514(b)(2)(i)(C)).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from phi.errors import PhiBlocked

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
PREFIXES = ("PHI", "PHJ", "PHK", "PHM", "PHQ", "PHV", "PHX", "PHZ")
TYPES = (
    *("NAME", "ADDR", "DATE", "AGE", "PHONE", "FAX", "EMAIL", "SSN", "MRN", "PLAN", "ACCT"),
    *("LIC", "VEH", "DEVICE", "URL", "IP", "BIO", "PHOTO", "ID"),
)
BODY_LENGTH = 5  # with the check character
VARIANT_LENGTH = 2
# Only dates carry an offset, which makes them the longest.
MAX_TOKEN_LENGTH = len("PHI_DATE_P99999_") + BODY_LENGTH + 1 + VARIANT_LENGTH
# Each of the four separators may grow from one character to five (JSON_SEPARATOR).
HOLD_BACK = MAX_TOKEN_LENGTH + 4 * 4

# One "_" as models write it back: escaped for Markdown, with one blank or line break beside it.
TEXT_SEPARATOR = r"(?:[ \n]\\?_|\\?_[ \n]?)"
# The same in the raw text of a JSON string, where a backslash and a line break are two characters.
JSON_SEPARATOR = r"(?:(?: |\\n)(?:\\\\)?_|(?:\\\\)?_(?: |\\n)?)"

_OLDEST = timedelta(days=89 * 365)
_FIRST_DAY_ZERO = date(1985, 1, 1)
_DAY_ZEROS = 1 << 14
_MOST_VARIANTS = 10_000


@dataclass(frozen=True, slots=True)
class Grammar:
    """The tolerated spellings of a token in one kind of text.

    No boundary is asked for on either side: "PHI_NAME_7KQ2Ms" is a plural, and what is no token
    of the request is not in its vault. The standard engine is linear here: every part is bounded.
    """

    token: re.Pattern[str]  # groups: prefix, type, offset, body, variant
    beginning: re.Pattern[str]  # the end of a text that more text might turn into a token


def _grammar(separator: str) -> Grammar:
    token = (
        rf"(PH[I-Z]){separator}({'|'.join(TYPES)})(?:(?<=DATE){separator}([PN][0-9]{{1,5}}))?"
        rf"{separator}([0-9A-Z]{{{BODY_LENGTH}}})(?:{separator}([0-9A-Z]{{{VARIANT_LENGTH}}}))?"
    )
    beginning = rf"P(?:H(?:[I-Z](?:[ \n\\_][0-9A-Z \n\\_]{{0,{HOLD_BACK - 4}}})?)?)?\Z"
    flags = re.IGNORECASE | re.ASCII
    return Grammar(re.compile(token, flags), re.compile(beginning, flags))


TEXT_GRAMMAR = _grammar(TEXT_SEPARATOR)
JSON_GRAMMAR = _grammar(JSON_SEPARATOR)

_READ_AS = str.maketrans("OIL", "011")  # Crockford's reading of the letters it leaves out


def check_character(kind: str, body: str) -> str:
    """Return the check character: odd weights modulo 32 find every single wrong character."""
    total = sum(map(ord, kind))
    for index, character in enumerate(body):
        total += (2 * index + 3) * ALPHABET.index(character)
    return ALPHABET[total % 32]


def is_well_formed(kind: str, body: str) -> bool:
    """Tell whether body and check character belong together (a mint would have written it so)."""
    if any(character not in ALPHABET for character in body):
        return False
    return check_character(kind, body[:-1]) == body[-1]


def spelled(match: re.Match[str], *, with_variant: bool) -> str:
    """Return the token a tolerated spelling stands for, as a mint would have written it."""
    prefix, kind, offset, body, variant = match.groups()
    parts = [prefix.upper(), kind.upper()]
    if offset:
        parts.append(offset.upper())
    parts.append(body.upper().translate(_READ_AS))
    if variant and with_variant:
        parts.append(variant.upper().translate(_READ_AS))
    return "_".join(parts)


def without_tokens(text: str) -> str:
    """Return the text with a neutral mark in the place of each well-formed token."""
    if "_" not in text:
        return text
    return TEXT_GRAMMAR.token.sub(
        lambda match: "[]" if is_well_formed(match[2].upper(), match[4].upper()) else match[0], text
    )


def unlinked(text: str, key: bytes) -> str:
    """Return the text with other tokens, of a key of its own: equal where they were equal, and
    nothing in them leads back to their case."""
    mint = Mint(key)

    def other(match: re.Match[str]) -> str:
        token = spelled(match, with_variant=False)
        return mint.token(match[2].upper(), token, token, token)

    return TEXT_GRAMMAR.token.sub(other, text) if "_" in text else text


def free_prefixes(texts: Iterable[str]) -> tuple[tuple[str, ...], int]:
    """Return the prefixes no text uses for a pattern of this grammar, and count their tokens.

    Tokens in the input are forged, or from elsewhere: under another prefix they cannot be resolved.
    Raises PhiBlocked when every prefix is taken.
    """
    seen: set[str] = set()
    count = 0
    for text in texts:
        if "_" not in text:
            continue
        for match in TEXT_GRAMMAR.token.finditer(text):
            seen.add(match[1].upper())
            count += is_well_formed(match[2].upper(), match[4].upper())
    free = tuple(prefix for prefix in PREFIXES if prefix not in seen)
    if not free:
        raise PhiBlocked(reasons=["token-patterns-in-text"])
    return free, count


@dataclass(frozen=True, slots=True, repr=False)
class TokenVault:
    """The exact original spelling behind each token minted for one request (or conversation)."""

    values: Mapping[str, str] = field(default_factory=dict)
    numbers: frozenset[str] = frozenset()  # tokens of JSON numbers

    def __repr__(self) -> str:
        return f"<TokenVault of {len(self.values)} tokens>"

    def __len__(self) -> int:
        return len(self.values)

    def lookup(self, token: str) -> str | None:
        """Return what the token stands for; None for a forged or foreign one."""
        return self.values.get(token)

    def merged(self, other: "TokenVault") -> "TokenVault":
        """Return a vault that knows the tokens of both; where they differ, of neither."""
        both = {**self.values, **other.values}
        for token in self.values.keys() & other.values.keys():
            if self.values[token] != other.values[token]:
                del both[token]
        return TokenVault(both, self.numbers | other.numbers)


def day_zero(key: bytes) -> date:
    """Return the secret day the date offsets of this key count from."""
    mac = HMAC(key, SHA256())
    mac.update(b"day zero")
    digest = mac.finalize()
    return _FIRST_DAY_ZERO + timedelta(days=int.from_bytes(digest[:4]) % _DAY_ZEROS)


def offset_of(day: date, key: bytes, today: date) -> str:
    """Return the offset part of a date token, "" where it would tell an age over 89."""
    if today - day > _OLDEST:
        return ""
    days = (day - day_zero(key)).days
    return f"{'N' if days < 0 else 'P'}{abs(days)}" if abs(days) <= 99_999 else ""


class Mint:
    """Makes the tokens of one request and remembers what they stand for."""

    def __init__(self, key: bytes, prefix: str = PREFIXES[0]) -> None:
        self._key = key
        self._mac = HMAC(key, SHA256())  # to copy: setting one up costs more than a digest
        self._prefix = prefix
        self._values: dict[str, str] = {}
        self._families: dict[tuple[str, str], str] = {}
        self._owners: dict[str, tuple[str, str]] = {}
        self._spellings: dict[tuple[str, str], str] = {}
        self._numbers: set[str] = set()

    @property
    def vault(self) -> TokenVault:
        return TokenVault(dict(self._values), frozenset(self._numbers))

    def token(
        self, kind: str, canonical: str, spelling: str, usual: str, *, is_number: bool = False
    ) -> str:
        """Return the token of a spelling; the usual spelling of a value has no variant part.

        `canonical` of a full date is its ISO form. A JSON number has a token of its own, so that it
        comes back as a number.
        """
        family = self._family(kind, canonical)
        label = f"{spelling}\x1fnumber" if is_number else spelling
        known = self._spellings.get((family, label))
        if known is None:
            known = family if label == usual else self._variant(family, label)
            if self._values.setdefault(known, spelling) != spelling:
                known = self._variant(family, label)
            self._values[known] = spelling
            self._spellings[family, label] = known
            if is_number:
                self._numbers.add(known)
        return known

    def _variant(self, family: str, label: str) -> str:
        """Return a token for one more spelling of a value, salted until it is free."""
        salt = 0
        while True:
            token = f"{family}_{self._characters(family, label, salt, VARIANT_LENGTH)}"
            if token not in self._values:
                return token
            salt += 1
            if salt > _MOST_VARIANTS:
                raise PhiBlocked(reasons=["too-many-spellings"])

    def _family(self, kind: str, canonical: str) -> str:
        owner = (kind, canonical)
        family = self._families.get(owner)
        salt = 0
        while family is None:
            candidate = self._derived(kind, canonical, salt)
            if self._owners.setdefault(candidate, owner) == owner:
                family = self._families[owner] = candidate
            salt += 1
        return family

    def _derived(self, kind: str, canonical: str, salt: int) -> str:
        body = self._characters(kind, canonical, salt, BODY_LENGTH - 1)
        body += check_character(kind, body)
        offset = self._offset(canonical) if kind == "DATE" else ""
        return "_".join(filter(None, (self._prefix, kind, offset, body)))

    def _offset(self, canonical: str) -> str:
        try:
            day = date.fromisoformat(canonical)
        except ValueError:  # a day without year, or a month: no offset
            return ""
        return offset_of(day, self._key, datetime.now(UTC).date())

    def _characters(self, label: str, value: str, salt: int, length: int) -> str:
        message = f"{label}\x1f{value}\x1f{salt}".encode("utf-8", "surrogatepass")
        mac = self._mac.copy()
        mac.update(message)
        digest = mac.finalize()
        return "".join(ALPHABET[octet & 31] for octet in digest[:length])
