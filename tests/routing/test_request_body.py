"""What a checked request carries from the key that asks."""

from datetime import UTC, datetime

import pytest

from routing.api import body
from usage.configuration import KeyGrant

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def grant(*, scopes=frozenset({"route"}), allowed=frozenset()) -> KeyGrant:
    return KeyGrant(
        key_id=1,
        prefix="cmr_test",
        client="pms",
        client_id=1,
        tenant="demo",
        tenant_id=1,
        scopes=scopes,
        expires_at=None,
        valid_until=None,
        model_ids="pin",
        allowed_model_ids=allowed,
        requests_per_minute=10,
        is_active=True,
        time_zone="UTC",
    )


@pytest.mark.parametrize("allowed", [frozenset(), frozenset({"claude-opus-4-6"})])
def test_models_of_the_client_reach_the_request(allowed):
    """What an admin allowed is what the decision sees."""
    by = grant(allowed=allowed)
    asked = body.read({"prompt": "Hi."}, request_id="r-1", grant=by, received_at=NOW)
    assert asked.allowed_models == allowed


def test_nobody_widens_their_models_by_asking():
    document = {"prompt": "Hi.", "allowed_models": []}
    with pytest.raises(body.InvalidRequest):
        body.read(document, request_id="r-1", grant=grant(), received_at=NOW)
