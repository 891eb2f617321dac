"""Whether Redis is there, as health checks tell it."""

import pytest

from routerproject.shared.redis import Redis, RedisAway
from tests.tcp_line import line_to
from usage.capacity.board import Board

pytestmark = pytest.mark.service
NOTHING = "return 1"


async def test_redis_is_away_until_it_answers_again(settings):
    """Also in the second in which nobody asks it, and after that."""
    line, settings.REDIS_URL = line_to(settings.REDIS_URL)
    connection = Redis()
    line.cut()
    with pytest.raises(RedisAway):
        await connection.run_script(NOTHING, [], [])
    connection._skip_until = 0.0  # the second has passed
    assert connection.is_away
    line.mend()
    await connection.run_script(NOTHING, [], [])
    assert not connection.is_away
    await connection.close()
    line.close()


async def test_redis_that_was_never_there_is_noticed_before_any_call(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    connection = Redis()
    await Board(connection).exchange()
    assert connection.is_away
    await connection.close()
