"""A request's row is changed several times before it is written."""

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from usage.ledger import RequestRow

AT = datetime(2026, 11, 21, tzinfo=UTC)
ROW = RequestRow(
    id=UUID(int=1),
    tenant_id=1,
    client_id=2,
    key_prefix="cmr_1234",
    created_at=AT,
    deadline_at=AT,
    boot_id=UUID(int=2),
)


def test_changed_row_is_a_new_one_like_any_other():
    changed = ROW.changed(tier="haiku", phi_counts={"name": 1})
    assert changed == replace(ROW, tier="haiku", phi_counts={"name": 1})
    assert ROW.tier == ""
    with pytest.raises(FrozenInstanceError):
        changed.tier = "opus"  # type: ignore[misc]


def test_what_is_no_column_is_refused():
    with pytest.raises(TypeError):
        ROW.changed(colour="blue")
