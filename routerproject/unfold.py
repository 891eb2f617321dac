"""How the admin looks and what its sidebar leads to, grouped by what people do there."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy

Item = dict[str, Any]


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def _link(title: str, icon: str, app: str, model: str) -> Item:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": _may(f"{app}.view_{model}"),
    }


def _group(title: str, *items: Item) -> Item:
    return {"title": title, "separator": True, "items": items}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Clinic model router",
    "SITE_HEADER": "Clinic model router",
    "SITE_SYMBOL": "alt_route",
    "SITE_URL": "/",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("css/icon.svg"),
        }
    ],
    "LOGIN": {"form": "usage.sign_in_form.SignInForm"},
    "DASHBOARD_CALLBACK": "usage.admin.notices.dashboard",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [lambda request: static("css/admin.css")],
    "COLORS": {
        "primary": {
            "50": "oklch(97.7% .017 200)",
            "100": "oklch(94.5% .035 200)",
            "200": "oklch(89% .06 200)",
            "300": "oklch(82% .09 200)",
            "400": "oklch(72% .11 200)",
            "500": "oklch(60% .11 205)",
            "600": "oklch(48% .09 210)",
            "700": "oklch(42% .08 212)",
            "800": "oklch(36% .065 214)",
            "900": "oklch(31% .05 216)",
            "950": "oklch(23% .04 218)",
        }
    },
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    {
                        "title": "Usage dashboard",
                        "icon": "monitoring",
                        "link": reverse_lazy("usage:dashboard"),
                        "active": False,  # "/usage/" is part of the addresses of its tables
                        "permission": _may("usage.view_usagerecord"),
                    },
                    {
                        "title": "Cost report",
                        "icon": "request_quote",
                        "link": reverse_lazy("reports:cost"),
                        "active": False,
                        "permission": _may("usage.view_usagerecord"),
                    },
                    {
                        "title": "Month close",
                        "icon": "lock_clock",
                        "link": reverse_lazy("closing:months"),
                        "active": False,
                        "permission": _may("usage.view_usagerecord"),
                    },
                    {"title": "API page", "icon": "api", "link": reverse_lazy("api:docs")},
                ]
            },
            _group(
                "Routing",
                _link("Task types", "category", "routing", "tasktype"),
                _link("Rules", "rule", "routing", "rule"),
                _link("Losses", "balance", "routing", "loss"),
                _link("Experiments", "call_split", "routing", "experiment"),
                _link("Comorbidity pairs", "hub", "routing", "comorbiditypair"),
                _link("LLM classifier", "smart_toy", "routing", "llmclassifier"),
                _link("Classifier examples", "quiz", "routing", "classifierexample"),
                _link("Rulebook versions", "published_with_changes", "routing", "rulebookversion"),
                _link("Rulebook proposals", "how_to_reg", "routing", "rulebookproposal"),
                _link("Rulebook approval", "group", "routing", "rulebookapproval"),
                _link("What-if", "science", "routing", "whatif"),
                {
                    "title": "Explain a request",
                    "icon": "contact_support",
                    "link": reverse_lazy("routing:explain"),
                    "permission": _may("routing.explain_request"),
                },
            ),
            _group(
                "Evaluation",
                {
                    "title": "Review queue",
                    "icon": "rate_review",
                    "link": reverse_lazy("routing:reviews"),
                    "permission": _may("routing.view_review"),
                },
                {
                    "title": "Routing quality",
                    "icon": "target",
                    "link": reverse_lazy("routing:quality"),
                    "permission": _may("routing.view_review"),
                },
                _link("Evaluation sets", "fact_check", "routing", "evaluationset"),
                _link("Labelled examples", "label", "routing", "labelledexample"),
                _link("Evaluation runs", "query_stats", "routing", "evaluationrun"),
                _link("Reviews", "checklist", "routing", "review"),
                _link("Review readings", "history_edu", "routing", "reviewreading"),
                _link("Review draws", "casino", "routing", "reviewdraw"),
                _link("Review plan", "tune", "routing", "reviewplan"),
                _link("Drift checks", "trending_up", "routing", "driftcheck"),
                _link("Judged answers", "grading", "routing", "judgedanswer"),
                _link("Classifier models", "model_training", "routing", "classifiermodel"),
            ),
            _group(
                "Catalog",
                _link("Tiers", "layers", "usage", "tier"),
                _link("Models", "neurology", "usage", "modelcard"),
                _link("Providers", "cloud", "usage", "provider"),
                _link("Deployments", "dns", "usage", "deployment"),
                _link("Prices", "sell", "usage", "price"),
            ),
            _group(
                "Accounts",
                _link("Tenants", "local_hospital", "usage", "tenant"),
                _link("Clients", "devices", "usage", "client"),
                _link("API keys", "key", "usage", "apikey"),
                _link("People", "person", "auth", "user"),
                _link("Groups", "group", "auth", "group"),
            ),
            _group(
                "Protection",
                _link("PHI policies", "shield", "phi", "policy"),
                _link("Custom recognizers", "regular_expression", "phi", "customrecognizer"),
                _link("Allowed phrases", "playlist_add_check", "phi", "allowedphrase"),
                _link("PHI policy versions", "published_with_changes", "phi", "policyversion"),
                _link("PHI policy proposals", "how_to_reg", "phi", "policyproposal"),
                {
                    "title": "Policies in force",
                    "icon": "verified_user",
                    "link": reverse_lazy("phi:in-force"),
                    "permission": _may("phi.view_policy"),
                },
                {
                    "title": "Try out the sanitizer",
                    "icon": "science",
                    "link": reverse_lazy("phi:try-out"),
                    "permission": _may("phi.try_sanitizer"),
                },
                _link("Denials", "block", "phi", "denial"),
                _link("Review texts", "article", "phi", "reviewtext"),
                _link("Case keys", "vpn_key", "phi", "casekey"),
            ),
            _group(
                "Money",
                _link("Budgets", "savings", "usage", "budget"),
                _link("Budget periods", "calendar_month", "usage", "budgetperiod"),
                _link("Budget crossings", "notifications", "usage", "budgetcrossing"),
                _link("Requests", "swap_horiz", "usage", "usagerecord"),
                _link("Attempts", "call_made", "usage", "attempt"),
                _link("Postings", "fact_check", "usage", "posting"),
                _link("Adjustments", "edit_calendar", "usage", "adjustment"),
                _link("Ledger entries", "receipt_long", "usage", "ledgerentry"),
                _link("Idempotency claims", "repeat_one", "usage", "idempotencyclaim"),
            ),
            _group(
                "Alerts",
                _link("Alerts", "notification_important", "usage", "alert"),
                _link("Alert rules", "rule_settings", "usage", "alertrule"),
                _link("Alert sinks", "outgoing_mail", "usage", "alertsink"),
                _link("Alert deliveries", "send", "usage", "alertdelivery"),
            ),
            _group(
                "Audit",
                _link("Audit entries", "history", "usage", "auditentry"),
                _link("Audit heads", "link", "usage", "audithead"),
            ),
        ],
    },
}
