"""Where requests enter: hot paths to the lean handler, everything else to stock Django."""

import gc
import os

from django.conf import settings
from django.core.asgi import get_asgi_application

# Nearly all that modules make while thousands of them are loaded stays; looking for cycles in it
# was an eighth of the CPU time of a start. `_live` sets what holds while requests are answered.
gc.set_threshold(50_000, 10, 10)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "routerproject.settings")
_stock = get_asgi_application()

# The app that tasks are sent through; and the addresses, else loaded with the first page, at once.
from routerproject import celery, urls  # noqa: E402, F401
from routing import pipeline  # noqa: E402
from routing.api.bodies import BoundedBodies  # noqa: E402
from routing.api.lean import LeanHandler, Receive, Scope, Send  # noqa: E402
from routing.api.urls import LEAN  # noqa: E402
from routing.api.v1 import dialects  # noqa: E402
from routing.api.v1 import urls as v1  # noqa: E402
from routing.process import Process  # noqa: E402

# Requests leave no cycles (routing.api.async_view); pages do. Python's own thresholds (700, 10, 10)
# are reached by what is merely under way. More than 5,000 stalls all requests for longer. So does a
# second generation ten times as large: 36 to 50 ms of CPU with 128 streams under way.
GARBAGE_THRESHOLDS = (5_000, 3, 33)
CUT_OFF_SECONDS = 5.0  # for what the server cut off when its grace was over, to be written
_django = BoundedBodies(_stock)
_lean = LeanHandler(LEAN, prefix=v1.PREFIX, find=v1.find, refusal=dialects.respond)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one connection of the ASGI server, or its lifespan."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif _lean.serves(scope) and settings.WEB_ROLE != "pages":
        await _lean(scope, receive, send)
    else:
        await _django(scope, receive, send)


async def _live(receive: Receive, send: Send) -> None:
    """Open what the process holds at startup, close it at shutdown."""
    process = Process()
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await process.start()
            pipeline.warm_up()
            # What is alive now lives on; without this, collections that walk it stall requests.
            gc.collect()
            gc.freeze()
            gc.set_threshold(*GARBAGE_THRESHOLDS)
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await _lean.drain(CUT_OFF_SECONDS)
            await process.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
