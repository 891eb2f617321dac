"""Medical record numbers, recognized by their label (45 CFR 164.514(b)(2)(i)(H))."""

from phi.detect.labels import labeled

MRN = labeled(
    name="mrn",
    category="mrn",
    kind="MRN",
    labels=(
        r"(?:pt\.? |patient )?mrn|mr ?#|m\.r\.n\.?|med(?:ical)?\.? rec(?:ord)?s?|medical record|"
        r"chart|patient id|pt id|patient identifier|hospital (?:id|no)|unit no|"
        r"case|encounter|visit|csn|accession|specimen|requisition|fin"
    ),
    needs_number_word=("case", "encounter", "visit", "chart", "specimen", "fin", "accession"),
)
