"""Staff who sign with initials: "by TS @ 0315", "E.P./D.Z.", "no answer x2. K.N.", "-AG".

(45 CFR 164.514(b)(2)(i)(A) speaks of relatives, employers and household members; a clinician's
initials say who was there.)
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from phi.detect.recognizer import Hit, compiled
from phi.detect.view import View

_DOTTED: Final = r"(?:[A-Z]\.[ ]?){1,2}[A-Z]\.?"
_BOTH: Final = rf"(?:{_DOTTED}|[A-Z]{{2,3}})"
_DONE: Final = (
    r"collected|coll|drawn|entered|typed|transcribed|verified|taken|given|checked|administered|"
    r"recorded|read|signed|initialed|witness(?:ed)?|notified|reviewed|scribed|dispensed|filled|"
    r"counted|called|received|performed|inserted|placed|changed|removed|resulted|faxed|scanned|"
    r"abstracted|coded|logged|cosigned|relieved|covered|charted|screened|triaged|seen|done|dictated"
)
# Abbreviations of two and three letters that are nobody's initials.
_TERMS: Final = frozenset(
    """
    ct us mr mri md do np pa rn lpn cna emt ems pt ot st rt ra er ed or icu iv im po pr sc sl ng gi
    gu hx dx rx tx sx bp hr rr am pm tid bid qid prn qd hs ac pc os od ou la lla rla ua uti wbc rbc
    bmp cmp cbc inr ekg ecg eeg emg cxr pet tsh a1c lft pft tte tee dnr dni npo nka nkda roi sob doe
    cp abd ext neuro heent uri copd chf cad mi cva tia dvt pe htn dm ckd esrd gerd bph ms ra sle hiv
    hcv hbv pcr pos neg wnl nad ivf ns lr kvo tpn ngt ett cpr acls bls lab lmp edd edc gpa sab tab
    ii iii iv vi usa va ny ca tx fl oh il wa mass dob ssn mrn dos cc re fu avs pcp hcp poa dme snf
    ltc alf yes no ok na tbd fyi asap eod lbs kg ml mg mcg cm mm gm meq amp tab cap fax tel
    bm ok'd hct hgb plt bun co2 k na cl cr glu o2 abg vbg aox gcs phq gad bmi bsa dnd min day wk
    mo yr hrs dl hpf lpf sec kcal
    """.split()  # noqa: SIM905 - words read better as text
)


@dataclass(frozen=True)
class Initials:
    """A recognizer of initials in one kind of place; every group is a pair of initials."""

    pattern: str
    name: str = "initials"
    category: str = "name"

    @cached_property
    def program(self) -> Any:
        return compiled(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        for match in self.program.finditer(view.octets):
            spans = [match.span(index) for index in range(1, self.program.groups + 1)]
            spans = [(start, end) for start, end in spans if start >= 0]
            if not any(_is_term(view.text[start:end]) for start, end in spans):
                for start, end in spans:
                    yield Hit(start, end, "name", "NAME", self.name, 0.7)


def _is_term(text: str) -> bool:
    return re.sub(r"[. ]", "", text).lower() in _TERMS


_TIME: Final = r"(?:@|at \d|\d{3,4}\b|\d{1,2}:\d\d|\d{1,2}[/.-]\d)"
DONE_BY = Initials(
    rf"(?i:\b(?:{_DONE})\b[^.\n;]{{0,32}}?\sby[ :]\s?)({_BOTH})(?:[ \t]*(?:[@\n,.;)/|]|$|"
    r"(?i:at|on|and|in|from|to)\b|\d|(?:RN|LPN|CNA|MA|MD|NP|PA)\b))"
)
BY_AT = Initials(
    r"(?i:\b(?:by|per|rn|nurse|tech|init(?:ials?)?|sitter|aide|scribe|relief)[ :]{1,2})"
    rf"({_BOTH})[ ]?(?:@|\d{{4}}\b|\n|$)"
)
TYPED = Initials(
    r"(?:^|\n)[ \t]*((?:[A-Z]\.){2,3}|[A-Z]{2,3})[/:]"
    r"((?:[A-Z]\.){2,3}|[A-Z]{2,3}|[a-z]{2,3})[ \t]*(?:\r?\n|$)"
)
CLOSING = Initials(
    rf"(?:[.,;)!?] {{1,2}}|\d {{1,3}}|[\n|])({_DOTTED})[ \t]*(?:\r?\n|$|[|]|{_TIME}|"
    r"[A-Z][a-z]{2}\.? \d)"
)
LOWER_CLOSING = Initials(r"[a-z0-9)]\. ((?:[a-z]\.){2,3})[ \t]*(?:\r?\n|$|\d{4}\b|\d{1,2}[/.-]\d)")
TYPED_WITHIN = Initials(r"(?:[,.;]|\d)\s([A-Z]{2,3})/([a-z]{2,3})(?:[.,;\s]|$)")
CHECKED = Initials(
    r"(?i:\b(?:checked|verified|witness(?:ed)?|cosigned|initials|init|sig)[: ]{1,2})"
    rf"({_BOTH})(?:[.,;\n]|$)"
)
DASHED = Initials(r"(?:[.!?)] ?|\n)[-~]{1,2} ?([A-Z]{2,3})[ \t]*(?:\r?\n|$)")
INITIALS: Final = (DONE_BY, BY_AT, TYPED, CLOSING, LOWER_CLOSING, TYPED_WITHIN, CHECKED, DASHED)
