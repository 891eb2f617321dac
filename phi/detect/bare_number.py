"""Numbers no label stands before: by a form of their own, or beside a name."""

import re
from collections.abc import Iterable, Iterator

from phi.detect.recognizer import Hit, Pattern
from phi.detect.view import View

_PUBLIC = re.compile(
    r"(?:NCT|PMC|PMID|CHEBI|SNOMED|RX|CPT|LA|ICD|LOINC|ISO|RFC|HGNC|ENSG?|ENST|UBERON|GO|HP|"
    r"MESH|COVID|"
    r"NDC|ATC|ISBN|UN|CAS|EC|DRG|OMIM|RS|NM|NP|NR|SARS|IU|MIM)-?\d",
    re.IGNORECASE,
)


def validate_prefixed(value: str, before: str, after: str) -> float:
    if _PUBLIC.match(value) or before.endswith(("-", "_", "/", ".", "^")) or after[:1] == "^":
        return 0
    if value[0].islower() and not value.islower():
        return 0
    return 0.5


PREFIXED = Pattern(
    name="prefixed-number",
    category="mrn",
    kind="MRN",
    pattern=(
        r"\b([A-Z]{1,5}-?\d{6,12}|[A-Z]{1,3}\d{2}-\d{4,6}|[A-Z]{2,3}-\d{3,5}-\d{2,4}|RX \d{6,8}|"
        r"[A-Z]{2,4}/\d{3,6}/[A-Z0-9]{2,6}|[A-Z]{2}\d{2}/\d{4,6}|[A-Z]{2,4}-\d{2,4}-\d{3,6}|"
        r"(?:GMC|NMC|DL|LIC|PPT) ?\d{6,10}|[a-z]{1,2}\d{7,9}|(?:AUTH|REF|CLM|REQ|ACC|ORD|ENC|"
        r"VIS|INC|PT|CASE)"
        r"[-#]?\d{2,}[A-Z0-9-]{2,16})\b"
    ),
    validate=validate_prefixed,
)


def _is_taper(value: str) -> bool:
    """Tell whether these are falling doses: 40-30-20-5."""
    parts = [int(part) for part in value.split("-")]
    return parts == sorted(parts, reverse=True) and all(part % 5 == 0 for part in parts)


TERMINAL_DIGITS = Pattern(
    name="terminal-digit-number",
    category="mrn",
    kind="MRN",
    pattern=r"\b(\d{2}-\d{2}-\d{2}-\d|\d{2}-\d{3}-\d{5})\b",
    validate=lambda value, before, after: (
        0
        if _is_taper(value)
        or before.endswith(("-", ".", "/"))
        or re.match(r"-|/| ?(?:mg|mcg|units)", after)
        else 0.8
    ),
)
# Instances (studies, series) of DICOM; its classes (1.2.840.10008) and code systems stay.
DICOM_UID = Pattern(
    name="dicom-instance",
    category="other",
    kind="ID",
    pattern=r"\b((?:1\.2\.840|1\.3\.6\.1\.4\.1|1\.3\.12\.2)(?:\.\d{1,30}){4,12})\b",
    validate=lambda value, before, after: (
        0 if value.startswith(("1.2.840.10008", "1.2.840.113549")) or len(value) < 28 else 1
    ),
)

_BESIDE_AFTER = re.compile(
    r"(?:,? ?\(#?| ?[|/] ?|, | - |: ?| {1,6}|\t| {0,2}(?:\d{1,2}[/-]\d{1,2}[/-]\d{2,4}) "
    r"{1,2})(\d{6,11}|[A-Z]{1,2}\d{5,9}|[A-Z]{0,2}\d{2,4}-\d{4,6}|\d{4}-\d{2}-\d{2}(?!T|-)|"
    r"\d{3}-\d{4}-\d)(?![\d./^%,]|-\d)"
    r"(?! ?(?:mg|mcg|units|iu|ml|steps|cells|k\b))"
)


# Over 89, as "Bui, 92, PPS 60%" and "Bui (92)": not "Bui 92%".
_AGE_BESIDE = re.compile(r"(?:, ?| ?\(| )((?:9\d|1[01]\d))(?:\)|, ?[A-Za-z]|;| ?[mMfF]\b| ?y)")
_PHONE_BESIDE = re.compile(r",? ?\(?([2-9]\d{2}-\d{4})(?![\d./^%,-]\d|\d)")


def beside_names(view: View, hits: Iterable[Hit]) -> Iterator[Hit]:
    """Yield the numbers of six figures and more that stand right beside a name."""
    for hit in hits:
        if hit.kind == "NAME":
            after = _BESIDE_AFTER.match(view.text, hit.end, hit.end + 40)
            phone = _PHONE_BESIDE.match(view.text, hit.end, hit.end + 16)
            age = _AGE_BESIDE.match(view.text, hit.end, hit.end + 12)
            if age:
                yield Hit(*age.span(1), "date", "AGE", "age-beside-name", 0.7)
            if phone:
                yield Hit(*phone.span(1), "phone", "PHONE", "number-beside-name", 0.7)
            if after:
                yield Hit(*after.span(1), "mrn", "MRN", "number-beside-name", 0.7)
