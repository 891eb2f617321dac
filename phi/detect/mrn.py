"""Medical record numbers, recognized by their label (45 CFR 164.514(b)(2)(i)(H))."""

from phi.detect.labels import labeled

_OWN = (
    r"(?:pt\.? |patient )?mrn|mr ?#|m\.r\.n\.?|m\.r\.|med(?:ical)?\.? rec(?:ord)?s?|"
    r"patient id|pt id|patient identifier|hospital (?:id|no|number)|unit (?:no|number)|e?mpi|urn|"
    r"nhs|chi|expediente|historia(?: clinica)?|prontuario|no? ?dossier|fallnummer|"
    r"patientennummer|hospital no\b\.?|medical record|record no|health record"
)
MRN = labeled(
    name="mrn",
    category="mrn",
    kind="MRN",
    strong=_OWN,
    weak="chart|record|patient|pt|client|hospital",
    grouped=_OWN,
)
VISIT = labeled(
    name="visit-number",
    category="mrn",
    kind="MRN",
    strong="csn|har",
    weak=r"case|encounter|visit|accession|specimen|sample|requisition|fin|admission|episode|"
    r"pathology|slide|block",
)
