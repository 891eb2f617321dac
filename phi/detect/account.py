"""Account numbers, bank accounts and payment cards (45 CFR 164.514(b)(2)(i)(J)).

Cards pass Luhn (ISO/IEC 7812-1) and begin like an issuer's; an IBAN passes modulo 97 (ISO 13616).
"""

from phi.detect.checksums import passes_luhn, passes_mod_97
from phi.detect.labels import labeled
from phi.detect.recognizer import Pattern

ACCOUNT = labeled(
    name="account",
    category="account",
    kind="ACCT",
    strong=r"accts?\b\.?|account (?:no|number|id)|a/c|patient account|bank account|routing|aba",
    weak=r"acc|accounts?|billing|bill|invoice|guarantor|receipt|transaction|txn|payment|check|wallet|"
    r"statement|policy loan|order",
    grouped=r"account|acct\.?|a/c|card",
)

HOSPITAL = Pattern(
    name="hospital-account",
    category="account",
    kind="ACCT",
    pattern=r"\b(HAR\s{0,8}#?\d{6,12})\b",
)

ENDING = Pattern(
    name="account-ending",
    category="account",
    kind="ACCT",
    pattern=(
        r"(?i)\b(?:account|acct|card|visa|mastercard|master card|amex|discover|debit|credit)\b"
        r"[^.\n]{0,12}?(?: ending(?: in| with)?| ends in|[ -][x*]{2,}-?)[ :#-]{0,2}(\d{4})\b"
    ),
)


def validate_card(value: str, before: str, after: str) -> float:
    digits = "".join(filter(str.isdigit, value))
    if not 13 <= len(digits) <= 19 or digits[0] not in "3456" or len(set(digits)) < 2:
        return 0
    return 1 if passes_luhn(digits) else 0


CARD = Pattern(
    name="payment-card",
    category="account",
    kind="ACCT",
    pattern=r"\b([3-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}|3\d{3}[ -]?\d{6}[ -]?\d{5})\b",
    validate=validate_card,
)


def validate_iban(value: str, before: str, after: str) -> float:
    return 1 if passes_mod_97(value.replace(" ", "")) else 0


IBAN = Pattern(
    name="iban",
    category="account",
    kind="ACCT",
    pattern=r"\b([A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)\b",
    validate=validate_iban,
)
