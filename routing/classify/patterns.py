"""The shapes that words alone do not show: a person with an age, a laboratory value, a choice.

All are RE2, so they take linear time on any text. They expect lower case.
"""

from typing import Final

import re2

PERSON: Final = re2.compile(
    r"\b\d{1,3}[ -]?(?:yo|y/o|y\.o\.|yrs?|(?:year|month|week|day)s?[ -]old|m|f|mo|wk)\b|"
    r"\b(?:hombre|mujer|var[oó]n|paciente|niñ[oa]|lactante|masculino|femenina|señora?|nacido)"
    r"(?: \w+)? de \d|\b\d{1,3} ?(?:años|anos|meses)\b|\b(?:joven|ancian[oa]|señora mayor)\b|"
    r"\b(?:man|woman|male|female|boy|girl|lady) (?:aged|age|of) \d|"
    r"\b(?:elderly|young) (?:man|woman|lady|male|female)\b|\bneonate\b|\bnewborn\b"
)
FACT_QUESTION: Final = re2.compile(
    r"\b(?:what|whats|what's|who|when|which|where|qué|que|quién|quien|cuándo|cuando|cuál|cual) "
)
# One of two named things, or the meaning of one term.
CHOICE: Final = re2.compile(
    r"\b(?:is|are|es|son) (?:this|the|it|that|these|est[eao]|el|la) [^?.,\n]{3,60} (?:or|o|u) "
    r"|[a-z]{3,} / [a-z]{3,}"
    r"|what does \S+ (?:mean|stand for)|qu[eé] (?:significa|quiere decir) \S+\s*\??$"
)
# A closing list of short options: "urgent or routine?", "tag it: billing, refill, records".
OPTIONS: Final = re2.compile(
    r": ?[\w-]+(?: [\w-]+)?(?:, [\w-]+(?: [\w-]+)?){1,6}(?:,? (?:or|o) [\w-]+)?\s*[.?]?$"
    r"|[\w-]+ (?:or|o) [\w-]+\s*\?$"
)
# A second request after a chore: "list the drugs and tell me which to stop".
FURTHER: Final = re2.compile(
    r"(?:\band|\bthen|\balso|,|\by|\bluego|\bdespu[eé]s) (?:then |also |please |luego )?"
    r"(?:(?:for|por|para|de) (?:each|every|all|cada)(?: (?:one|drug|uno|una))?,? )?"
    r"(?:tell|say|advise|recommend|suggest|decide|assess|dime|dinos|di|diga|dile|recomienda"
    r"|sugiere|indica|indique) |"
    r"(?:\band|\by) (?:what about|which (?:one )?(?:to|should)|whether|cu[aá]l (?:suspend|se )) "
)
ATTACHED: Final = re2.compile(
    r"\b(?:attached|according to|per the|from the|in the|on the|seg[uú]n|adjunt[oa]|en la)\b"
)
_LABS: Final = (
    r"cr|creat|creatinine|creatinina|e?gfr|fge?|tfg|bun|urea|inr|trop|troponina?|k\+?|na\+?|"
    r"potassium|potasio|sodium|sodio|hgb|hb|hemoglobina?|plt|platelets|plaquetas|wbc|leucocitos|"
    r"lactate|lactato|ph|hco3|bicarb|glucose|glucosa|(?:hb)?a1c|alt|ast|bili|bilirubin|"
    r"bilirrubina|tsh|l?vef|ef|fevi|bnp|d-?dimer|crp|pcr|anc|qtc|ca|calcium|calcio|mg|crcl|meld|"
    r"albumin|ammonia|amonio|c?p?k|lipas[ea]|esr|vsg|level|nivel|ferritina?|plateau|p?co2|po2|"
    r"anion gap|gap|osm|cortisol|ldh|psa|procalcitonin|pct|b12|ldl|fev1|amylase|amilasa|"
    r"tr[iy]gl[iy]cerid[eo]s|depuraci[oó]n|aclaramiento|clcr|filtrado|temperatura|temperature"
)
_VITALS: Final = r"bp|hr|rr|temp|t|spo2|sats?|o2|map|gcs|ta|pa|fc|fr|satura|pulse|tension"
_VALUE: Final = r"[ :=<>~]{0,4}(?:is |of |now |at |was |up to |de |en |a )?[<>~]?\d"
MEASUREMENT: Final = re2.compile(rf"\b(?:({_LABS})|({_VITALS})){_VALUE}")  # (laboratory, vital)
# A system prompt that says what form the answer has: the user's text is then matter, not request.
ANSWER_FORM: Final = re2.compile(
    r"\b(?:only|exactly|one of|one (?:word|token|label|sentence|queue)|output|return|emit|"
    r"(?:answer|respond|reply) (?:with|only|true|yes)|json|true or false|true/false|yes/no|"
    r"no (?:advice|prose)|label|score|integer|solo|s[oó]lo|[uú]nicamente|devuelve|etiqueta|"
    r"una palabra|s[ií] o no|responde (?:con|s[ií]|s[oó]lo))\b"
)
