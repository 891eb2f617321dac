"""Internet addresses, versions 4 and 6 (45 CFR 164.514(b)(2)(i)(O))."""

from ipaddress import ip_address

from phi.detect.recognizer import Pattern

_VERSION_WORDS = ("version", "v", "v.", "section", "release", "chapter", "firmware", "oid", "build")


def validate(value: str, before: str, after: str) -> float:
    try:
        address = ip_address(value.replace("[.]", ".").replace("(.)", "."))
    except ValueError:
        return 0
    if before[-16:].lower().rstrip(" :").endswith(_VERSION_WORDS):
        return 0
    if after[:1] == "." and after[1:2].isdigit():  # an outline or object number goes on
        return 0
    if before.endswith(".") and before[-2:-1].isdigit():
        return 0
    if address.version == 6:
        return 1 if value.count(":") >= 3 else 0
    return 1


IPV4 = Pattern(
    name="ipv4",
    category="ip",
    kind="IP",
    pattern=r"\b(\d{1,3}(?:\.|\[\.\]|\(\.\))\d{1,3}(?:\.|\[\.\]|\(\.\))\d{1,3}(?:\.|\[\.\]|\(\.\))\d{1,3})\b",
    validate=validate,
)

IPV6 = Pattern(
    name="ipv6",
    category="ip",
    kind="IP",
    pattern=r"([0-9A-Fa-f]{1,4}(?::{1,2}[0-9A-Fa-f]{1,4}){2,7}(?:::)?)\b",
    validate=validate,
)
