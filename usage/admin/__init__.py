"""The admin of accounts, catalog, money and the audit trail."""

from usage.admin import (
    accounts,
    adjustments,
    alerts,
    api_keys,
    audit,
    budgets,
    catalog,
    deployments,
    ledger,
    people,
    postings,
    prices,
    requests,
)

__all__ = [
    "accounts",
    "adjustments",
    "alerts",
    "api_keys",
    "audit",
    "budgets",
    "catalog",
    "deployments",
    "ledger",
    "people",
    "postings",
    "prices",
    "requests",
]
