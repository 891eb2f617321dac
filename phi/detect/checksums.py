"""The arithmetic by which an issuer's number is told from any other number."""

_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def passes_luhn(digits: str) -> bool:
    """Tell whether the last digit is the Luhn check digit (ISO/IEC 7812-1, annex B)."""
    total = 0
    for index, character in enumerate(reversed(digits)):
        value = int(character) * (1 + index % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def passes_npi(digits: str) -> bool:
    """Tell whether ten digits are an NPI: Luhn behind 80840 (45 CFR 162.406)."""
    return len(digits) == 10 and digits[0] in "12" and passes_luhn("80840" + digits)


def passes_dea(number: str) -> bool:
    """Tell whether two letters and seven digits are a DEA registration number."""
    digits = [int(character) for character in number[2:]]
    odd, even = digits[0] + digits[2] + digits[4], digits[1] + digits[3] + digits[5]
    return (odd + 2 * even) % 10 == digits[6]


def passes_vin(number: str) -> bool:
    """Tell whether the ninth character is the check digit of a VIN (49 CFR 565.15(c))."""
    total = 0
    for character, weight in zip(number.upper(), _VIN_WEIGHTS, strict=True):
        total += int(_VIN_VALUES.get(character, character)) * weight
    return number[8].upper() == "0123456789X"[total % 11]


def passes_mod_97(number: str) -> bool:
    """Tell whether an IBAN's check digits are right (ISO 13616)."""
    moved = number[4:] + number[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1
