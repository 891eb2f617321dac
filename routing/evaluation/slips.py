"""Ways a hurried person might have sent the same request: none of them may change its tier."""

from collections.abc import Callable, Iterator


def slips(text: str) -> Iterator[str]:
    """Yield the text in capitals, in lower case, with courtesies, and with letters swapped."""
    yield text.upper()
    yield text.lower()
    yield f"Hi team, hope you are well. {text}"
    yield f"{text} Thanks!"
    words = text.split(" ")
    for nth in (3, 4):
        long = [i for i, w in enumerate(words) if len(w) > 5 and w.isalpha()]
        swapped = dict.fromkeys(long[nth - 2 :: nth])
        yield " ".join(_swap(w, nth) if i in swapped else w for i, w in enumerate(words))


def flips(texts: list[str], tier_of: Callable[[str, int], str]) -> tuple[int, int]:
    """Return how many slips changed the tier, and how many were tried.

    `tier_of` gets a text and the number of the request that it is a form of.
    """
    changed = total = 0
    for number, text in enumerate(texts):
        tier = tier_of(text, number)
        tiers = [tier_of(slip, number) for slip in slips(text)]
        changed += sum(t != tier for t in tiers)
        total += len(tiers)
    return changed, total


def _swap(word: str, at: int) -> str:
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
