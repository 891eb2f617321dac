"""The texts of the simulated models. All clinical content is invented; none is advice."""

from routing.sandbox import phrases
from routing.sandbox.prompt import Ask
from routing.sandbox.tokens import compact

SENTENCES_BY_LINE = {"haiku": 2, "sonnet": 4, "opus": 7}


def yes_no(ask: Ask) -> str:
    """Answer with one word."""
    return "Yes" if ask.seed % 2 else "No"


def sentiment(ask: Ask) -> str:
    """Answer positive, negative or neutral by counting words."""
    words = ask.lowered
    good = sum(word in words for word in ("thank", "great", "better", "happy", "kind", "helpful"))
    bad = sum(word in words for word in ("pain", "worse", "angry", "rude", "late", "terrible"))
    return "positive" if good > bad else "negative" if bad > good else "neutral"


def tongue(ask: Ask) -> str:
    """Answer with an ISO 639-1 code by common words."""
    words = f" {ask.lowered} "
    scores = {
        name: sum(f" {word} " in words for word in known) for name, known in phrases.COMMON.items()
    }
    return max(scores, key=lambda name: scores[name]) if any(scores.values()) else "en"


def intent(ask: Ask) -> str:
    """Answer with one intent label."""
    for word, name in phrases.INTENTS:
        if word in ask.lowered:
            return name
    return "general_question"


def label(ask: Ask) -> str:
    """Answer with one category."""
    return ("administrative", "clinical", "billing")[ask.seed % 3]


def sql(ask: Ask) -> str:
    """Write a query with a sentence about it."""
    code = (
        "```sql\nSELECT p.id, p.last_visit_at, COUNT(v.id) AS visits\nFROM patient AS p\n"
        "JOIN visit AS v ON v.patient_id = p.id\n"
        "WHERE v.started_at >= CURRENT_DATE - INTERVAL '90 days'\n"
        "GROUP BY p.id, p.last_visit_at\nORDER BY visits DESC\nLIMIT 50;\n```"
    )
    return code + "\n\n" + _paragraph(ask, phrases.SQL_NOTES)


def code(ask: Ask) -> str:
    """Write a small function."""
    block = (
        "```python\ndef overdue(visits, today, *, after_days=90):\n"
        '    """Return the visits that lie further back than after_days."""\n'
        "    return [visit for visit in visits if (today - visit.date).days > after_days]\n```"
    )
    return block + "\n\n" + _paragraph(ask, phrases.CODE_NOTES)


def review(ask: Ask) -> str:
    """Review code, one finding a line."""
    return "Findings, most serious first:\n\n" + _numbered(ask, phrases.REVIEW_NOTES)


def differential(ask: Ask) -> str:
    """Rank possible causes."""
    head = f"Differential diagnosis for {who(ask)}, most likely first:\n\n"
    return (
        head
        + _numbered(ask, phrases.CAUSES)
        + "\n\nRule out what is dangerous before what is likely."
    )


def soap(ask: Ask) -> str:
    """Write a SOAP note."""
    depth = SENTENCES_BY_LINE[ask.model.line]
    return (
        f"Subjective: {_lead(ask)}{_on(ask)} reports: {gist(ask.text, 12)}\n"
        "Objective: BP 128/78, HR 72, afebrile. Examination without new findings.\n"
        f"Assessment: {_sentences(ask, phrases.ASSESSMENT, depth // 2 + 1)}\n"
        f"Plan: {_sentences(ask, phrases.PLAN, depth)}"
    )


def interaction(ask: Ask) -> str:
    """Judge a combination of drugs."""
    return "Severity: moderate. " + _paragraph(ask, phrases.INTERACTION)


def coding(ask: Ask) -> str:
    """Suggest codes."""
    return "E11.9, Type 2 diabetes mellitus without complications\n" + _paragraph(
        ask, phrases.CODING
    )


def patient_reply(ask: Ask) -> str:
    """Write to a patient."""
    return f"Dear {who(ask)},\n\n{_paragraph(ask, phrases.REPLY)}\n\nYour clinic team"


def translation(ask: Ask) -> str:
    """Give the text back as a translation would, with its tokens."""
    return f"Traducción: {gist(ask.text, 40)}"


def summary(ask: Ask) -> str:
    """Summarize what was given, naming the patient and the date."""
    return f"{_lead(ask)}{_on(ask)}: {gist(ask.text, 18)} " + _paragraph(ask, phrases.ASSESSMENT)


def extraction(ask: Ask) -> str:
    """List what was found as JSON."""
    found = {name.split("_")[1].lower(): name for name in reversed(ask.placeholders())}
    return compact(found or {"finding": gist(ask.text, 12)})


def general(ask: Ask) -> str:
    """Answer anything else, naming the patient if there is one."""
    lead = f"For {who(ask)}{_on(ask)}: " if ask.placeholders() else ""
    return lead + _paragraph(ask, phrases.GENERAL)


def from_results(ask: Ask) -> str:
    """Answer from what the tools returned."""
    return f"According to the result: {gist(' '.join(ask.results), 60)}"


def thoughts(ask: Ask) -> str:
    """Return the reasoning shown before an answer; longer on higher tiers."""
    return f"The request concerns {who(ask)}. " + _paragraph(ask, phrases.THOUGHTS)


def who(ask: Ask) -> str:
    """Return the patient's token, or a word for the patient."""
    names = ask.placeholders("NAME")
    return names[0] if names else "the patient"


def _lead(ask: Ask) -> str:
    """Return the patient as a sentence begins; a token keeps its spelling."""
    return who(ask).replace("the patient", "The patient")


def gist(text: str, words: int = 10) -> str:
    """Return the first words of a text, as they are."""
    found = text.split()
    return " ".join(found[:words]) + ("..." if len(found) > words else "")


def _on(ask: Ask) -> str:
    dates = ask.placeholders("DATE")
    return f" ({dates[0]})" if dates else ""


def _paragraph(ask: Ask, pool: tuple[str, ...]) -> str:
    return _sentences(ask, pool, SENTENCES_BY_LINE[ask.model.line])


def _numbered(ask: Ask, pool: tuple[str, ...]) -> str:
    chosen = _chosen(ask, pool, SENTENCES_BY_LINE[ask.model.line])
    return "\n".join(f"{place}. {text}" for place, text in enumerate(chosen, 1))


def _sentences(ask: Ask, pool: tuple[str, ...], count: int) -> str:
    return " ".join(_chosen(ask, pool, count))


def _chosen(ask: Ask, pool: tuple[str, ...], count: int) -> list[str]:
    """Return `count` texts of a pool, starting where the seed says."""
    start = ask.seed % len(pool)
    return [pool[(start + step) % len(pool)] for step in range(min(count, len(pool)))]
