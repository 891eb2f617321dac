"""Usage summaries, and a look at what protection would do: nothing leaves from here."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from rest_framework.request import Request
from rest_framework.response import Response

from phi import key_cache, offload
from routerproject.shared import clock, crypto
from routerproject.shared.database import in_database
from routerproject.shared.money import usd_text
from routing import process, record
from routing.api import body
from routing.api.async_view import AsyncAPIView, grant_behind
from routing.errors import InvalidRequest, ScopeMissing
from routing.protect import identifiers_of, policy_of
from usage.configuration import KeyGrant, TenantFacts
from usage.dashboard import queries
from usage.dashboard.queries import Figures, Summary
from usage.ledger.rows import token_columns

DEFAULT_RANGE = timedelta(days=30)
SANITIZE_CHECKS = {
    "text": body.text,
    "patient": body.patient,
    "patients": body.patients,
    "case_id": body.label,
    "task_type": body.label,
}
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
SUMMARY_FILTERS = ("from", "to", "tier", "task_type", "client", "session_id", "case_id", "tenant")


class SanitizeView(AsyncAPIView):
    """Show what would be tokenized in a text, and by which recognizer. Nothing leaves."""

    scope = "phi:test"

    async def post(self, request: Request) -> Response:
        fields = _fields(request.data)
        grant = grant_behind(request)
        config = process.current().keeper.current()
        policy = policy_of(fields.get("task_type"), grant.tenant, config)
        known, _ = await identifiers_of(body.people(fields), tenant=grant.tenant, policy=policy)
        safe, findings, vault = await offload.sanitize_text(
            fields["text"],
            known=known,
            policy=policy,
            key=await _key(fields, grant),
        )
        mapping = {} if policy.mode == "redact" else {"mapping": dict(vault.values)}
        return Response(
            {
                "text": safe,
                "findings": [
                    {
                        "start": finding.start,
                        "end": finding.end,
                        "category": finding.category,
                        "recognizer": finding.recognizer,
                        "score": round(float(finding.score), 4),
                    }
                    for finding in findings
                ],
                **mapping,
            }
        )


class UsageSummaryView(AsyncAPIView):
    """Sum what was used. A finished request shows in the very next call."""

    scope = "usage:read"

    async def get(self, request: Request) -> Response:
        grant = grant_behind(request)
        asked = request.query_params
        for name in asked:
            _check_filter(name, asked.get(name, ""))
        end = _moment("to", asked.get("to")) or clock.now()
        start = _moment("from", asked.get("from")) or end - DEFAULT_RANGE
        if start > end:
            raise InvalidRequest("from must not be after to.", field="from")
        tenant = _tenant(asked.get("tenant"), grant)
        summary = await in_database(
            queries.summary,
            tenant_id=tenant.id if tenant else None,
            start=start,
            end=end,
            tier=asked.get("tier"),
            task_type=asked.get("task_type"),
            client_id=_client(asked.get("client"), tenant.slug if tenant else grant.tenant),
            session_hash=record.reference_hash(asked.get("session_id")),
            case_hash=record.reference_hash(asked.get("case_id")),
        )
        return Response({"from": start, "to": end, **_rendered(summary)})


def _fields(document: Any) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise InvalidRequest("The body must be a JSON object.")
    for name in document:
        if name not in SANITIZE_CHECKS:
            raise InvalidRequest("A field is not known here.", field=str(name)[:64])
    if "text" not in document:
        raise body.refuse("text", "must be given.")
    return {name: SANITIZE_CHECKS[name](name, value) for name, value in document.items()}


async def _key(fields: dict[str, Any], grant: KeyGrant) -> bytes:
    """Return the case's key, or one that is the tenant's for texts without a case."""
    if "case_id" in fields:
        return await key_cache.key_for(grant.tenant_id, f"case:{fields['case_id']}")
    return crypto.keyed_hash(f"{grant.tenant_id}".encode(), purpose="phi test key")


def _check_filter(name: str, value: str) -> None:
    if name not in SUMMARY_FILTERS:
        raise InvalidRequest("A filter is not known here.", field=name[:64])
    if len(value) > body.LABEL_CHARACTERS:
        raise body.refuse(name, f"must have at most {body.LABEL_CHARACTERS} characters.")
    if "\0" in value:
        raise body.refuse(name, "must not hold a NUL.")


def _moment(name: str, text: str | None) -> datetime | None:
    """Return a date or date-time of a query string, aware; a bare date is its UTC midnight."""
    if not text:
        return None
    try:
        moment = parse_datetime(text)
        if moment is None and (day := parse_date(text)):
            moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    except ValueError:
        moment = None
    if moment is None:
        raise body.refuse(name, "must be an ISO 8601 date or date-time.")
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not EARLIEST <= aware <= LATEST:
        raise body.refuse(name, f"must be between the years {EARLIEST.year} and {LATEST.year}.")
    return aware


def _tenant(slug: str | None, grant: KeyGrant) -> TenantFacts | None:
    """Return the tenant whose usage is shown: the key's own, or any, or all, by right."""
    sees_all = "usage:read:all" in grant.scopes
    if slug is None and sees_all:
        return None
    wanted = slug or grant.tenant
    if wanted != grant.tenant and not sees_all:
        raise ScopeMissing("Another tenant's usage needs the scope usage:read:all.")
    tenant = process.current().keeper.current().accounts.tenants.get(wanted)
    if tenant is None:
        raise InvalidRequest("There is no such tenant.", field="tenant")
    return tenant


def _client(slug: str | None, tenant: str) -> int | None:
    if slug is None:
        return None
    client = process.current().keeper.current().accounts.clients.get((tenant, slug))
    if client is None:
        raise InvalidRequest("There is no such client.", field="client")
    return client.id


def _rendered(summary: Summary) -> dict[str, Any]:
    return {
        **_figures(summary),
        "tiers": [{"tier": figures.tier, **_figures(figures)} for figures in summary.tiers],
    }


def _figures(figures: Figures) -> dict[str, Any]:
    latency = figures.latency
    return {
        "requests": figures.requests,
        "attempts": figures.attempts,
        "tokens": token_columns(figures.tokens),
        "cost_usd": usd_text(figures.cost_nano_usd),
        "held_usd": usd_text(figures.held_nano_usd),
        "unknown_usd": usd_text(figures.unknown_nano_usd),
        "uniform_opus_usd": usd_text(figures.uniform_opus_nano_usd),
        "latency_ms": {
            name: None if value is None else round(value, 3)
            for name, value in (("p50", latency.p50), ("p95", latency.p95), ("p99", latency.p99))
        },
    }
