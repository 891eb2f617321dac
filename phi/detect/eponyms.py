"""Names that stand for a disease, sign, device or score: Parkinson disease, Foley, Wells score.

They veto what the lexicon and the model took for a person, never a known identifier.
"""

import re
from typing import Final

from phi.detect.words import FORMS

_LONGEST_TERM = 40
CLINICAL_HEAD: Final = re.compile(
    r"(?:'?s?'?)?(?:[ \t]*[-/][ \t]*[A-Z][a-z]+)*[ \t-]+(?:disease|syndrome|signs?|test|palsy|"
    r"catheter|score|scale|criteria|cancer|tumou?r|lymphoma|sarcoma|fracture|procedure|maneuver|index|"
    r"antigen|cycle|paralysis|switch|wort|viruses|serolog(?:y|ies)|"
    r"drain|tube|hernia|esophagus|chorea|phenomenon|reflex|class|classification|stage|grade|dementia|"
    r"thyroiditis|contracture|ulcer|pupil|murmur|repair|operation|bypass|shunt|nodes?|point|"
    r"position|needle|clamp|forceps|retractor|formula|ring|loop|monitor|lift|hose|lines?|cyst|"
    r"nodules?|lesions?|spots?|stain|smear|chart|exercises|gait|respirations|breathing|angina|"
    r"arteritis|granulomatosis|purpura|encephalopathy|anemia|neuroma|deformity|incision|wire|"
    r"graft|valve|virus|fever|burgdorferi|arthropathy|joint|foot|triad|law|inventory|"
    r"questionnaire|protocol|method|technique|regimen|suction|collar|splint|brace|cast|bag|mask|"
    r"hook|speculum|scissors|stand|tendon|gland|duct|canal|ligament|tubercle|body|bodies|cells?|"
    r"effect|response|equation|rule|staging|schema|dermatitis|melanoma|nevus|nevi)\b",
    re.IGNORECASE,
)


def is_clinical_term(text: str, start: int, end: int) -> bool:
    """Tell whether a stretch is an eponym with its head: all its words or the last one."""
    if end - start > _LONGEST_TERM:
        return False
    words = re.findall(r"[^\W\d_]+", text[start:end])
    if not words or not FORMS[words[-1]].word.is_eponym:
        return False
    if "-" in text[start:end] and all(FORMS[word].word.is_eponym for word in words):
        return True  # Mallory-Weiss, Creutzfeldt-Jakob
    return bool(CLINICAL_HEAD.match(text[end : end + 40]))
