"""A memory for what is costly to build from identifiers, and must not outlive their use by much."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

KEPT_SECONDS = 60.0
MOST_KEPT = 256

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")


class KeptBriefly(Generic[Key, Made]):
    """Makes a value once per key and forgets both after KEPT_SECONDS, asked again or not."""

    def __init__(self, make: Callable[[Key], Made]) -> None:
        self._make = make
        self._kept: OrderedDict[Key, tuple[float, Made]] = OrderedDict()  # the oldest first
        self._lock = threading.Lock()
        self._broom: threading.Timer | None = None

    def __call__(self, key: Key) -> Made:
        with self._lock:
            self._forget_old()
            found = self._kept.get(key)
        if found is not None:
            return found[1]
        made = self._make(key)
        with self._lock:
            self._kept[key] = (time.monotonic() + KEPT_SECONDS, made)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            self._plan_sweep()
        return made

    def __len__(self) -> int:
        return len(self._kept)

    def _forget_old(self) -> None:
        now = time.monotonic()
        while self._kept and next(iter(self._kept.values()))[0] <= now:
            self._kept.popitem(last=False)

    def _plan_sweep(self) -> None:
        if self._broom is None and self._kept:
            wait = next(iter(self._kept.values()))[0] - time.monotonic()
            self._broom = threading.Timer(max(wait, 0.0), self._sweep)
            self._broom.daemon = True
            self._broom.start()

    def _sweep(self) -> None:
        with self._lock:
            self._broom = None
            self._forget_old()
            self._plan_sweep()
