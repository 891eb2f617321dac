"""Case keys in memory, for a minute at most: then a destroyed case's key is gone here too."""

import time
from collections import OrderedDict

from phi import case_keys
from phi.errors import PhiBlocked
from phi.models import CaseKey
from routerproject.shared.crypto import CannotOpen
from routerproject.shared.database import in_database

KEPT_SECONDS = 60.0
MOST_KEYS = 10_000

_keys: OrderedDict[tuple[int, str], tuple[float, bytes]] = OrderedDict()


async def key_for(tenant_id: int, case_ref: str) -> bytes:
    """Return the key of a tenant's case, from memory if it was read within the last minute.

    Raises PhiBlocked for one that cannot be opened, or is being destroyed: without it the case's
    tokens cannot be told from anybody's.
    """
    now = time.monotonic()
    until, key = _keys.get((tenant_id, case_ref), (0.0, b""))
    if now < until:
        return key
    try:
        key = await in_database(case_keys.key_for, tenant_id, case_ref)
    except (CannotOpen, CaseKey.DoesNotExist):
        raise PhiBlocked(reasons=["case-key-unavailable"]) from None
    _keys[tenant_id, case_ref] = (now + KEPT_SECONDS, key)
    _keys.move_to_end((tenant_id, case_ref))
    while len(_keys) > MOST_KEYS:
        _keys.popitem(last=False)
    return key
