"""Verdicts on texts judged before: a chart that is asked about again is not read again.

A verdict depends on three texts, on whether tools and images come with them, and on the model that
weighs; all of that goes into a hash under a key that lives and dies with the process. What is kept
says nothing of the texts: numbers, and names of features.
"""

import hashlib
import os
from collections import OrderedDict
from typing import Final

from routing.classify.focus import read_texts
from routing.classify.heuristics import judge
from routing.classify.learned import LearnedModel
from routing.types import Verdict

MOST: Final = 2_000  # of about 1 kB each
DIGEST_BYTES: Final = 16


class Verdicts:
    """The verdicts on the texts judged last; the longest unused give way."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._key = os.urandom(32)
        self._kept: OrderedDict[bytes, Verdict] = OrderedDict()

    def __repr__(self) -> str:
        return f"<Verdicts on {len(self._kept)} texts>"

    def on(self, *texts: str, has_tools: bool, has_images: bool, model: LearnedModel) -> Verdict:
        """Return the verdict on the texts that `focus.looked_at` returns, in their order."""
        digest = self._digest(*texts, f"{has_tools} {has_images} {model.version}")
        verdict = self._kept.get(digest)
        if verdict is None:
            text = read_texts(*texts)
            verdict = judge(text, has_tools=has_tools, has_images=has_images, model=model)
            self._kept[digest] = verdict
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(digest)
        return verdict

    def _digest(self, *parts: str) -> bytes:
        hashed = hashlib.blake2b(key=self._key, digest_size=DIGEST_BYTES)
        for part in parts:
            content = part.encode(errors="surrogatepass")
            hashed.update(len(content).to_bytes(8, "big"))
            hashed.update(content)
        return hashed.digest()
