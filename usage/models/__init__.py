from usage.models.accounts import ApiKey, Client, ModelIdMode, Scope, Tenant
from usage.models.adjustments import Adjustment, AdjustmentKind, AdjustmentState
from usage.models.alerts import (
    Alert,
    AlertDelivery,
    AlertKind,
    AlertPeriod,
    AlertRule,
    AlertSink,
    DeliveryState,
    SinkKind,
)
from usage.models.audit import AuditEntry, AuditHead
from usage.models.budgets import (
    AtCap,
    Budget,
    BudgetCrossing,
    BudgetEach,
    BudgetPeriod,
    BudgetPeriodKind,
)
from usage.models.catalog import Deployment, ModelCard, Provider, Tier
from usage.models.closing import (
    Bill,
    BillDifference,
    BillKind,
    DifferenceKind,
    MonthClose,
    StatementLine,
)
from usage.models.configuration import ConfigVersion
from usage.models.costs import CostedHour, HourlyCost
from usage.models.exports import Export, ExportKind, ExportPart
from usage.models.freezes import Freeze
from usage.models.ledger import (
    DISCARDED,
    Attempt,
    AttemptKind,
    AttemptState,
    EntryKind,
    IdempotencyClaim,
    LedgerEntry,
    RequestState,
    UsageRecord,
)
from usage.models.postings import Posting, PostingState
from usage.models.prices import Price
from usage.models.rollups import HourlyTotal, HourlyUsage, RollupChain, RollupState
from usage.models.sign_in import SignInTries
from usage.models.uploads import BillUpload, BillUploadPart

__all__ = [
    "DISCARDED",
    "Adjustment",
    "AdjustmentKind",
    "AdjustmentState",
    "Alert",
    "AlertDelivery",
    "AlertKind",
    "AlertPeriod",
    "AlertRule",
    "AlertSink",
    "ApiKey",
    "AtCap",
    "Attempt",
    "AttemptKind",
    "AttemptState",
    "AuditEntry",
    "AuditHead",
    "Bill",
    "BillDifference",
    "BillKind",
    "BillUpload",
    "BillUploadPart",
    "Budget",
    "BudgetCrossing",
    "BudgetEach",
    "BudgetPeriod",
    "BudgetPeriodKind",
    "Client",
    "ConfigVersion",
    "CostedHour",
    "DeliveryState",
    "Deployment",
    "DifferenceKind",
    "EntryKind",
    "Export",
    "ExportKind",
    "ExportPart",
    "Freeze",
    "HourlyCost",
    "HourlyTotal",
    "HourlyUsage",
    "IdempotencyClaim",
    "LedgerEntry",
    "ModelCard",
    "ModelIdMode",
    "MonthClose",
    "Posting",
    "PostingState",
    "Price",
    "Provider",
    "RequestState",
    "RollupChain",
    "RollupState",
    "Scope",
    "SignInTries",
    "SinkKind",
    "StatementLine",
    "Tenant",
    "Tier",
    "UsageRecord",
]
