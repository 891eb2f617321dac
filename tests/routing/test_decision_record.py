"""What the ledger keeps of a decision, so that it can be replayed without its text."""

from dataclasses import replace
from uuid import UUID

from routing.record import decided
from tests.routing.select.cast import HARD, decide
from tests.routing.tables import NOW
from usage.ledger import RequestRow

ROW = RequestRow(
    id=UUID(int=1),
    tenant_id=1,
    client_id=1,
    key_prefix="k",
    created_at=NOW,
    deadline_at=NOW,
    boot_id=UUID(int=2),
)


def test_the_probabilities_are_kept_with_the_model_that_gave_them():
    """A later replay compares what two models said."""
    verdict = replace(HARD, model_version="7")
    kept = decided(ROW, decide(verdict), verdict).decision
    assert kept["probabilities"] == dict(HARD.probabilities)
    assert kept["classifier"] == "7"
