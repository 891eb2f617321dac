"""What all spellings of one value have in common, per token type, and its usual spelling."""

from phi.detect import date


def canonical(kind: str, text: str) -> str:
    """Return the value behind a spelling; equal values get tokens of one family."""
    if kind == "DATE":
        return date.canonical(text) or plain(text)
    if kind in {"PHONE", "FAX"}:
        return phone_digits(text)
    if kind in {"EMAIL", "URL", "NAME", "ADDR"}:
        return " ".join(text.lower().replace(",", " ").split())
    return plain(text)


def plain(text: str) -> str:
    """Return the letters and digits of a number, in capitals."""
    return "".join(character for character in text if character.isalnum()).upper()


def digits_of(text: str) -> str:
    return "".join(character for character in text if "0" <= character <= "9")


def phone_digits(text: str) -> str:
    """Return the digits of a telephone number without the North American 1."""
    digits = digits_of(text)
    return digits[1:] if len(digits) == 11 and digits[0] == "1" else digits


def usual(kind: str, value: str) -> str:
    """Return the spelling of a canonical value that needs no variant in its token."""
    if kind == "DATE" and len(value) == 10:
        return f"{value[5:7]}/{value[8:10]}/{value[:4]}"
    if kind in {"PHONE", "FAX"} and len(value) == 10:
        return f"{value[:3]}-{value[3:6]}-{value[6:]}"
    if kind == "SSN" and len(value) == 9:
        return f"{value[:3]}-{value[3:5]}-{value[5:]}"
    if kind in {"NAME", "ADDR"}:
        return value.title()
    return value
