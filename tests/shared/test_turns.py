"""Work of milliseconds takes turns on the event loop, the urgent first."""

import asyncio
from contextlib import suppress
from functools import partial

import pytest

from routerproject.shared.turns import BEGUN, ROUND_SECONDS, Turns

URGENT, USUAL, LATER = 1, 2, 3


class Clock:
    """A clock that each piece of work moves by a second."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def work(self) -> None:
        self.now += 1.0


async def order_of(*ranks: int) -> list[int]:
    """Return the ranks of those who come at once with long work, in the order of their turns."""
    done: list[int] = []
    clock = Clock()
    turns = Turns(monotonic=clock)

    def work(rank: int) -> None:
        clock.work()
        done.append(rank)

    await asyncio.gather(*(turns.run(partial(work, rank), rank=rank) for rank in ranks))
    return done


async def rounds_of(*seconds: float) -> list[int]:
    """Return in which round of the loop each work is done that comes at once and takes so long."""
    clock, rounds, seen = Clock(), 0, []
    turns = Turns(monotonic=clock)

    async def count() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0)

    def work(seconds: float) -> None:
        clock.now += seconds
        seen.append(rounds)

    counting = asyncio.create_task(count())
    await asyncio.gather(*(turns.run(partial(work, each), rank=USUAL) for each in seconds))
    counting.cancel()
    return [each - seen[0] for each in seen]


async def test_turn_gives_what_its_work_gives():
    assert await Turns().run(lambda: 7, rank=USUAL) == 7


async def test_who_began_finishes_and_the_urgent_go_first():
    order = await order_of(LATER, LATER, USUAL, URGENT, BEGUN)
    assert order == [LATER, BEGUN, URGENT, USUAL, LATER]


async def test_who_waits_longest_goes_at_times_whatever_its_rank():
    order = await order_of(LATER, LATER, *[URGENT] * 20)
    assert order.index(LATER, 1) == 8


async def test_loop_comes_round_between_two_long_turns():
    """Also between those that did not have to wait."""
    assert await rounds_of(*[ROUND_SECONDS * 1.1] * 5) == [0, 1, 2, 3, 4]


async def test_short_turns_share_a_round():
    """Who comes together stays together, until a round has taken its time."""
    half = ROUND_SECONDS * 0.6
    assert await rounds_of(*[half] * 5) == [0, 0, 1, 1, 2]


async def test_work_that_fails_passes_the_turn_on():
    turns = Turns()

    def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await turns.run(fail, rank=USUAL)
    assert await turns.run(lambda: 7, rank=USUAL) == 7


async def test_work_that_fails_in_line_is_told_to_who_waits_for_it():
    clock = Clock()
    turns = Turns(monotonic=clock)

    def fail() -> None:
        raise LookupError

    waiting = [asyncio.create_task(turns.run(w, rank=USUAL)) for w in (clock.work, fail, int)]
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(outcomes[1], LookupError)
    assert outcomes[2] == 0


async def test_who_leaves_the_line_stops_nobody():
    clock, done = Clock(), []
    turns = Turns(monotonic=clock)

    def work(number: int) -> None:
        clock.work()
        done.append(number)

    tasks = [asyncio.create_task(turns.run(partial(work, n), rank=USUAL)) for n in range(5)]
    await asyncio.sleep(0)  # the first has had its turn, the others stand in line
    tasks[1].cancel()
    tasks[2].cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
    assert done == [0, 3, 4]
    assert await turns.run(lambda: 7, rank=USUAL) == 7


async def test_wait_is_told_from_the_turns_before():
    """Who begins comes back once, and who is more urgent is before it."""
    clock = Clock()
    turns = Turns(monotonic=clock)
    for _ in range(200):
        await turns.run(clock.work, rank=USUAL)
    waiting = [asyncio.create_task(turns.run(clock.work, rank=r)) for r in (USUAL, USUAL, LATER)]
    await asyncio.sleep(0)
    assert turns.seconds_before(URGENT) == pytest.approx(1, rel=0.1)
    assert turns.seconds_before(USUAL) == pytest.approx(3, rel=0.1)
    assert turns.seconds_before(LATER) == pytest.approx(5, rel=0.1)
    await asyncio.gather(*waiting)
    await asyncio.sleep(0)
    assert turns.seconds_before(LATER) == 0
