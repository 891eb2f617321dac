"""Identifiers that only their label gives away: `MRN: 123`, `policy no. AB-12`, `Acct # 99`."""

from phi.detect.recognizer import Pattern

# At least three characters with at least two digits among them, no blanks.
VALUE = r"([A-Za-z]{0,5}[-/.]?\d[A-Za-z0-9]*(?:[-/.][A-Za-z0-9]+){0,5})\b"
_SEPARATOR = r"(?:[ \t]*(?:is|was|of))?[ \t]*[:#=]{0,2}[ \t]*"
_NUMBER_WORD = r"(?:[ \t_-]*(?:numbers?|num\b|nos?\b\.?|nbr\.?|ids?\b|identifier|#))"
_UNITS = ("mg", "mcg", "ml", "kg", "days", "weeks", "years", "year-old", "%", "hours", "minutes")


def validate(value: str, before: str, after: str) -> float:
    """Refuse what cannot be an identifier: too short, a date, a dose."""
    digits = sum(map(str.isdigit, value))
    if digits < 3 and len(value) < 5:
        return 0
    if digits < 2 or (digits < 5 and after.lstrip(" ").lower().startswith(_UNITS)):
        return 0
    return 1


def labeled(
    *,
    name: str,
    category: str,
    kind: str,
    labels: str,
    needs_number_word: tuple[str, ...] = (),
) -> Pattern:
    """Return a recognizer of values behind one of the labels.

    Labels in `needs_number_word` are everyday words, which count only as "case no. 12", "case #12".
    """
    plain = "|".join(label for label in labels.split("|") if label not in needs_number_word)
    branches = [rf"(?:{plain}){_NUMBER_WORD}?{_SEPARATOR}"]
    if needs_number_word:
        weak = "|".join(needs_number_word)
        branches.append(rf"(?:{weak})(?:{_NUMBER_WORD}{_SEPARATOR}|[ \t]*[:#=]{{1,2}}[ \t]*)")
    return Pattern(
        name=name,
        category=category,
        kind=kind,
        pattern=rf"(?i)\b(?:{'|'.join(branches)}){VALUE}",
        validate=validate,
    )
