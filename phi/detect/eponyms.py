"""Names that stand for a disease, sign, device or score: Parkinson disease, Foley, Wells score.

They veto what the lexicon and the model took for a person, never a known identifier.
"""

import re
from typing import Final

from phi.detect.term_lists import is_listed_term
from phi.detect.words import FORMS

_LONGEST_TERM = 40
CLINICAL_HEAD: Final = re.compile(
    r"(?:'?s?'?)?(?:[ \t]*[-/][ \t]*[A-Z][a-z]+)*[ \t-]+(?:disease|syndrome|signs?|test|palsy|"
    r"catheter|score|scale|criteria|cancer|tumou?r|lymphoma|sarcoma|fracture|procedure|"
    r"maneuver|index|"
    r"antigen|cycle|paralysis|switch|wort|viruses|serolog(?:y|ies)|"
    r"drain|tube|hernia|esophagus|chorea|phenomenon|reflex|class|classification|stage|grade|"
    r"dementia|"
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
# What makes any pair a term, known or not; and what is said of a test, not of a person.
_SURE_HEAD: Final = re.compile(
    r"[ \t]+(?:index(?! finger)|criteria|scores?|scale|syndromes?|disease|classification|stain|"
    r"staging|"
    r"inventory|formula|equation|nomogram|curves?|plots?|estimat(?:es?|or)|correction|regression|"
    r"distribution|coefficient|phenomenon|paradox|triad|maneuver|anastomosis|valves?|prosthesis|"
    r"zones?|exact|rank|apples?|"
    r"nomenclature|consensus|modification|grading|palsy|dystrophy|sarcoma|lymphoma|chart|model|"
    r"medium|agar|antigen|virus|test with|diagram)\b",
    re.IGNORECASE,
)
# The same behind a single name, which may be somebody's: only what nobody has or does.
_ONLY_HEAD: Final = re.compile(
    r"[ \t]+(?:criteria|scale|syndrome|classification|staging|nomogram|formula|equation|maneuver|"
    r"phenomenon|paradox|modification|coefficient|retractor|forceps|catheter|clamp|zones?|exact|"
    r"rank|apples|blades?|speculum|protocol|simulations?|models?|distribution|criterion|angle|"
    r"equation|nomogram|diet|needle holder|trichrome|silver|stain|flap|pentad|triad)\b",
    re.IGNORECASE,
)
_LISTED: Final = re.compile(
    r"(?:,? (?:and |or |& )?[A-Z][\w-]+){1,6} (?:criteria|signs|scores|scales|patterns|syndromes|"
    r"classifications|maneuvers|curves|plots|models|tests were|guidelines|cohorts|trials|rules)\b"
)
_RESULT: Final = re.compile(r"[ \t]+(?:\d{1,3}/\d{1,3}\b|(?:negative|positive)\b(?! for))")
_PAIR: Final = re.compile(r"[A-Z][a-z]+-[A-Z][a-z]+")


def is_clinical_term(text: str, start: int, end: int) -> bool:
    """Tell whether a stretch is an eponym with its head: all its words or the last one."""
    if end - start > _LONGEST_TERM:
        return False
    after = text[end : end + 80]
    if _PAIR.fullmatch(text[start:end]) and _SURE_HEAD.match(after):
        return True  # Harvey-Bradshaw index
    if is_listed_term(text, start, end):
        return True
    words = [word for word in re.findall(r"[^\W\d_]+", text[start:end]) if len(word) > 1]
    if len(words) == 1 and (_ONLY_HEAD.match(after) or _LISTED.match(after)):
        return True  # Bhutani nomogram; Brugada, Vereckei and Wellens patterns
    if not words or not FORMS[words[-1]].word.is_eponym:
        return False
    if _RESULT.match(after):
        return True  # Berg 42/56, Spurling negative
    if "-" in text[start:end] and all(FORMS[word].word.is_eponym for word in words):
        return True  # Mallory-Weiss, Creutzfeldt-Jakob
    return bool(CLINICAL_HEAD.match(after))
