"""The admin: what it refuses, what it keeps, who sees what."""

import json
import os
import re
from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from routerproject.shared import clock
from routerproject.shared.admin import ReadOnlyAdmin
from routing import snapshot
from routing.models import (
    ClassifierExample,
    LlmClassifier,
    Loss,
    Rule,
    RulebookApproval,
    RulebookProposal,
    RulebookVersion,
    TaskType,
)
from tests.confirming import confirm
from tests.factories.accounts import make_client, make_key, make_tenant
from tests.factories.people import make_admin, make_member
from tests.factories.requests import make_attempt, make_request
from usage import accounts, audit, configuration
from usage.capacity import scripts
from usage.capacity.breaker import FAILURES_IN_A_ROW
from usage.models import (
    ApiKey,
    Attempt,
    AuditEntry,
    AuditHead,
    Budget,
    BudgetPeriod,
    Deployment,
    IdempotencyClaim,
    LedgerEntry,
    ModelCard,
    Posting,
    Price,
    Provider,
    Tenant,
    Tier,
    UsageRecord,
)

pytestmark = [pytest.mark.django_db, pytest.mark.service]
STRICT = "script-src 'self'"
RELAXED = "script-src 'self' 'unsafe-eval'"
RECORDS = (
    AuditEntry,
    AuditHead,
    Attempt,
    BudgetPeriod,
    IdempotencyClaim,
    LedgerEntry,
    RulebookVersion,
    UsageRecord,
)


@pytest.fixture
def ada() -> Browser:
    browser = Browser()
    browser.force_login(make_admin())
    return browser


def address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def form_of(browser: Browser, url: str) -> dict[str, object]:
    """Return what a browser would send of an untouched form."""
    form = browser.get(url).context["adminform"].form
    values: dict[str, object] = {}
    for name, field in form.fields.items():
        bound = form[name]
        value = bound.value()
        if hasattr(field.widget, "decompress"):
            parts = field.widget.decompress(value)
            values |= {f"{name}_{i}": "" if p is None else str(p) for i, p in enumerate(parts)}
        elif value is not None and value is not False:
            values[name] = value
    return values


def refusals(response) -> str:
    assert response.status_code == 200
    return json.dumps(response.context["adminform"].form.errors)


def directive(response, name: str) -> str:
    policy = response["Content-Security-Policy"]
    parts = [str(part).strip() for part in policy.split(";")]
    return next(part for part in parts if part.startswith(name))


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/usage/tenant/"])
def test_the_admin_answers_under_the_relaxed_policy(ada, path):
    assert directive(ada.get(path), "script-src") == RELAXED


@pytest.mark.parametrize("path", ["/usage/", "/usage/cost.csv", "/", "/healthz", "/nowhere"])
def test_everything_else_answers_under_the_strict_policy(ada, path):
    response = ada.get(path)
    assert directive(response, "script-src") == STRICT
    assert "unsafe" not in response["Content-Security-Policy"]
    assert directive(response, "frame-ancestors") == "frame-ancestors 'none'"


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model.__name__)
def test_every_list_opens_with_a_search_and_its_filters(ada, model):
    assert ada.get(address(model, "changelist")).status_code == 200
    assert ada.get(address(model, "changelist"), {"q": "no such thing"}).status_code == 200


@pytest.mark.parametrize(
    "model",
    [
        *(Tenant, Tier, Provider, ModelCard, Deployment, Budget, TaskType, Rule, Loss),
        *(LlmClassifier, ClassifierExample),
    ],
)
def test_an_untouched_form_can_be_saved(ada, model):
    if model is Budget:
        Budget.objects.create(name="Lab", cap_nano_usd=5)
    if model is Tenant:
        make_tenant()
    url = address(model, "change", model.objects.first().pk)
    response = ada.post(url, {**form_of(ada, url), "note": "Nothing changed"})
    assert response.status_code == 302, refusals(response)


def make_rows(number: int) -> None:
    for _ in range(number):
        request = make_request(tenant_id=make_tenant().pk, client_id=make_client().pk)
        attempt = make_attempt(request)
        budget = Budget.objects.create(name=f"{attempt.pk}", cap_nano_usd=9)
        period = BudgetPeriod.objects.create(budget=budget, starts_at=clock.now())
        LedgerEntry.objects.create(
            id=clock.new_id(),
            attempt_id=attempt.pk,
            period_id=period.pk,
            kind="post",
            amount_nano_usd=1,
            created_at=clock.now(),
        )
        audit.append_now(tenant_id=request.tenant_id, kind="test", record={})
        make_key()


@pytest.mark.parametrize(
    "model",
    [
        UsageRecord,
        Attempt,
        LedgerEntry,
        AuditEntry,
        AuditHead,
        Budget,
        BudgetPeriod,
        ApiKey,
        Tenant,
    ],
)
def test_a_list_costs_the_same_number_of_queries_however_long(ada, model):
    make_rows(2)
    ada.get(address(model, "changelist"))
    with CaptureQueriesContext(
        connection,
    ) as few:
        ada.get(address(model, "changelist"))
    make_rows(8)
    with CaptureQueriesContext(connection) as many:
        ada.get(address(model, "changelist"))
    assert len(many) == len(few)


@pytest.mark.parametrize("model", [UsageRecord, Attempt, LedgerEntry, AuditEntry])
def test_a_large_table_is_never_counted(ada, model):
    make_rows(1)
    with CaptureQueriesContext(connection) as queries:
        ada.get(address(model, "changelist"))
    table = model._meta.db_table
    counts = [q for q in queries if "COUNT(*)" in q["sql"] and table in q["sql"]]
    assert counts == []


@pytest.mark.parametrize("model", RECORDS)
def test_not_even_a_superuser_touches_a_record(ada, model):
    """No add, no change, no delete, no action."""
    assert isinstance(admin.site._registry[model], ReadOnlyAdmin)
    make_rows(1)
    assert ada.get(address(model, "add")).status_code == 403
    row = model.objects.first()
    if row is not None:
        assert ada.post(address(model, "change", row.pk), {}).status_code == 403
        assert ada.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": ["1"], "post": "yes"}
    before = model.objects.count()
    ada.post(address(model, "changelist"), action)
    assert model.objects.count() == before


def test_a_request_shows_its_calls_its_money_and_its_trail(ada):
    make_rows(1)
    request, attempt = UsageRecord.objects.get(), Attempt.objects.get()
    audit.append_now(tenant_id=1, kind="request.closed", record={}, request_id=request.pk)
    page = ada.get(address(UsageRecord, "change", request.pk)).content.decode()
    assert address(Attempt, "change", attempt.pk) in page
    assert "request.closed" in page
    assert address(LedgerEntry, "change", LedgerEntry.objects.get().pk) in page


def test_a_request_is_found_by_its_whole_id(ada):
    wanted, _ = make_request(), make_request()
    found = ada.get(address(UsageRecord, "changelist"), {"q": str(wanted.pk)}).context["cl"]
    assert [row.pk for row in found.result_list] == [wanted.pk]


def test_what_callers_and_models_wrote_is_escaped(ada):
    request = make_request(
        user="<img src=x onerror=alert(1)>", decision={"note": "<script>alert(2)</script>"}
    )
    page = ada.get(address(UsageRecord, "change", request.pk)).content.decode()
    assert "<img src=x" not in page
    assert "<script>alert" not in page


def new_key(browser: Browser, **changes):
    client = make_client()
    values = {"client": client.pk, "name": "front desk", "scopes": ["route"], **changes}
    return browser.post(address(ApiKey, "add"), values)


def test_a_key_is_shown_once_and_never_again(ada):
    response = new_key(ada)
    (text,) = set(re.findall(r"cmr_[a-z0-9]{8}_[\w-]{20,}", response.content.decode()))
    row = ApiKey.objects.get(name="front desk")
    assert bytes(row.digest) == accounts.digest_of(text)
    assert "no-store" in response["Cache-Control"]
    for url in (address(ApiKey, "change", row.pk), address(ApiKey, "changelist")):
        page = ada.get(url).content.decode()
        assert text not in page
        assert text.split("_", 2)[2] not in page
        assert bytes(row.digest).hex() not in page


def test_a_person_cannot_give_a_scope_they_may_not_grant():
    browser = Browser()
    browser.force_login(make_member("clinic_admin"))
    response = new_key(browser, scopes=["usage:read:all"])
    assert "scopes" in refusals(response)
    assert not ApiKey.objects.filter(name="front desk").exists()


def test_a_key_that_ended_before_it_began_is_refused(ada):
    response = new_key(ada, expires_at_0="2020-01-01", expires_at_1="00:00:00")
    assert "expires_at" in refusals(response)


def test_rotating_asks_first_and_shows_the_new_key(ada):
    old = make_key().row
    url = f"/admin/usage/apikey/{old.pk}/rotate/"
    assert "overlap" in ada.get(url).content.decode().lower()
    assert ApiKey.objects.get(pk=old.pk).replaced_by is None
    page = ada.post(url, {"overlap_days": 2}).content.decode()
    old.refresh_from_db()
    new = ApiKey.objects.get(replaces=old)
    assert f"cmr_{new.prefix}_" in page
    assert old.overlap_until is not None
    assert old.overlap_until < clock.now() + timedelta(days=2, minutes=1)


def test_revoking_asks_first_and_is_audited(ada):
    key = make_key().row
    url = f"/admin/usage/apikey/{key.pk}/revoke/"
    ada.get(url)
    assert ApiKey.objects.get(pk=key.pk).revoked_at is None
    ada.post(url)
    assert ApiKey.objects.get(pk=key.pk).revoked_at is not None
    assert AuditEntry.objects.get(kind="key-revoked").actor == "ada"


def test_a_reader_of_keys_can_neither_rotate_nor_revoke():
    key = make_key().row
    browser = Browser()
    browser.force_login(make_member("developer"))
    for what in ("rotate", "revoke"):
        response = browser.post(f"/admin/usage/apikey/{key.pk}/{what}/", {"overlap_days": 1})
        assert response.status_code == 403
    key.refresh_from_db()
    assert (key.revoked_at, key.replaced_by) == (None, None)


def test_a_price_that_was_charged_cannot_be_changed(ada):
    price = Price.objects.filter(valid_from__lt=clock.now()).latest("pk")
    url = address(Price, "change", price.pk)
    assert ada.post(url, {"input_usd": "0.01"}).status_code == 403
    assert ada.post(address(Price, "delete", price.pk), {"post": "yes"}).status_code == 403
    assert Price.objects.get(pk=price.pk).input_usd == price.input_usd


def price_from(moment, model: ModelCard) -> dict[str, object]:
    prices = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
    return {
        "model": model.pk,
        "valid_from_0": f"{moment:%Y-%m-%d}",
        "valid_from_1": f"{moment:%H:%M:%S}",
        **{f"{kind}_usd": "2.5" for kind in prices},
        "batch_multiplier": "0.5",
    }


def test_a_new_price_begins_in_the_future(ada):
    model = ModelCard.objects.filter(is_live=True).latest("pk")
    url = address(Price, "add")
    refused = ada.post(url, price_from(clock.now() - timedelta(days=1), model))
    assert "valid_from" in refusals(refused)
    assert ada.post(url, price_from(clock.now() + timedelta(days=1), model)).status_code == 302


def test_prices_can_be_downloaded(ada):
    chosen = list(Price.objects.values_list("pk", flat=True)[:2])
    response = ada.post(
        address(Price, "changelist"), {"action": "download", "_selected_action": chosen}
    )
    assert response["Content-Type"].startswith("text/csv")
    assert len(response.content.decode().splitlines()) == 3


def test_a_cap_is_typed_in_usd_and_kept_exactly(ada):
    url = address(Budget, "add")
    values = form_of(ada, url) | {"name": "Lab", "cap_usd": "12.345678901"}
    assert ada.post(url, values).status_code == 302
    budget = Budget.objects.get(name="Lab")
    assert budget.cap_nano_usd == 12_345_678_901
    assert str(form_of(ada, address(Budget, "change", budget.pk))["cap_usd"]) == "12.345678901"


def test_a_posting_is_proposed_by_one_person_and_confirmed_by_another(ada):
    """On pages; the proposer's own confirmation is refused and says why."""
    now = clock.now()
    attempt = Attempt.objects.create(
        id=clock.new_id(), request_id=clock.new_id(), tenant_id=7, ordinal=1, kind="main",
        state="unknown", tier="haiku", model_id="m", deployment="d", boot_id=clock.new_id(),
        admitted_at=now, deadline_at=now, hold_nano_usd=9, price_id=1, price={}, body_hash=b"x",
    )  # fmt: skip
    link = f"{reverse('admin:usage_posting_propose')}?attempt_id={attempt.pk}"
    assert link in ada.get(address(Attempt, "change", attempt.pk)).content.decode()
    wish = {"attempt_id": attempt.pk, "cost_usd": "0.000000010", "reason": "Line 7"}
    assert "worst case" in ada.post(link, wish).content.decode()
    ada.post(link, wish | {"cost_usd": "0.000000004"})
    posting = Posting.objects.get()
    bob = Browser()
    bob.force_login(make_admin("bob"))
    confirm = reverse("admin:usage_posting_confirm", args=[posting.pk])
    assert "0.000000004" in bob.get(confirm).content.decode()
    said = ada.post(confirm, follow=True).content.decode()
    assert "Nobody decides about a posting of their own." in said
    assert Attempt.objects.get().state == "unknown"
    bob.post(confirm)
    assert (Attempt.objects.get().state, Attempt.objects.get().cost_nano_usd) == ("resolved", 4)


def test_budgets_can_be_shown_to_hold(ada):
    """The list's action says of each chosen budget whether it refuses."""
    rows = [Budget.objects.create(name=name, cap_nano_usd=5) for name in ("Lab", "Ward")]
    values = {"action": "prove", "_selected_action": [row.pk for row in rows]}
    response = ada.post(address(Budget, "changelist"), values, follow=True)
    said = [str(message) for message in response.context["messages"]]
    assert [text.split(":")[0] for text in said] == ["Lab holds", "Ward holds"]


@pytest.mark.parametrize("cap", ["0", "-1", "NaN", "1e99", "", "0.0000000001", "text"])
def test_what_is_no_cap_is_refused(ada, cap):
    values = {"name": "Lab", "period": "month", "cap_usd": cap, "is_active": "on"}
    assert "cap_usd" in refusals(ada.post(address(Budget, "add"), values))


@pytest.mark.parametrize(
    ("make", "changes", "says"),
    [
        (lambda: make_tenant(), {"time_zone": "Asia/Tokyo"}, True),
        (lambda: make_tenant(), {"name": "Other"}, False),
        (lambda: Budget.objects.create(name="Lab", cap_nano_usd=5), {"period": "day"}, True),
        (lambda: Budget.objects.create(name="Lab", cap_nano_usd=5), {"cap_usd": "7"}, False),
    ],
)
def test_change_of_a_clock_says_from_when_it_counts(ada, make, changes, says):
    """In the help text before, and in a message after."""
    row = make()
    url = address(type(row), "change", row.pk)
    said = "takes effect when the current period ends"
    assert said in ada.get(url).content.decode()
    response = ada.post(url, form_of(ada, url) | changes, follow=True)
    assert response.redirect_chain
    assert any(said in str(message) for message in response.context["messages"]) == says


@pytest.mark.parametrize("model", [Provider, Deployment])
def test_reference_to_another_secret_is_refused_in_its_field(ada, model):
    row = model.objects.filter(slug__startswith="anthropic").earliest("pk")
    url = address(model, "change", row.pk)
    values = form_of(ada, url) | {"credential_ref": "env:KEY_ENCRYPTION_KEY"}
    assert "REFERENCE_ENVIRONMENT" in refusals(ada.post(url, values))


def test_the_second_of_two_editors_sees_a_conflict_and_loses_nothing(ada):
    """Nothing is overwritten, and the second person's values are still in the form."""
    tenant = make_tenant(name="Before")
    url = address(Tenant, "change", tenant.pk)
    bob = Browser()
    bob.force_login(make_admin("bob"))
    first, second = form_of(ada, url), form_of(bob, url)
    assert ada.post(url, {**first, "name": "Ada's"}).status_code == 302
    response = bob.post(url, {**second, "name": "Bob's"})
    assert "Somebody changed this row after you opened it (ada)" in refusals(response)
    assert Tenant.objects.get(pk=tenant.pk).name == "Ada's"
    assert "Bob&#x27;s" in response.content.decode()


def test_a_form_without_the_state_of_its_row_is_refused(ada):
    tenant = make_tenant()
    url = address(Tenant, "change", tenant.pk)
    values = {**form_of(ada, url), "row_state": ""}
    assert "Somebody changed" in refusals(ada.post(url, values))


def test_an_edit_is_live_audited_and_in_the_history(ada):
    tenant = make_tenant(name="Before")
    url = address(Tenant, "change", tenant.pk)
    response = ada.post(url, {**form_of(ada, url), "name": "After"}, follow=True)
    assert f"Configuration {configuration.current_version()} is live." in str(
        [str(message) for message in response.context["messages"]]
    )
    entry = AuditEntry.objects.get(kind="configuration-changed")
    assert (entry.actor, json.loads(entry.record)["facts"]["fields"]) == ("ada", ["name"])
    page = ada.get(address(Tenant, "history", tenant.pk)).content.decode()
    assert all(word in page for word in ("Before", "After", "by ada"))


def test_an_edit_the_live_rulebook_cannot_be_served_with_is_refused(ada):
    """The default model of a tier cannot be taken from under it."""
    card = ModelCard.objects.get(is_tier_default=True, tier__slug="opus")
    url = address(ModelCard, "change", card.pk)
    values = form_of(ada, url)
    values.pop("is_tier_default")
    assert "no live default model" in refusals(ada.post(url, values))
    assert ModelCard.objects.get(pk=card.pk).is_tier_default


def rule(**changes) -> dict[str, object]:
    return {
        "slug": "night-shift",
        "name": "Night shift",
        "priority": 5,
        "is_published": "on",
        "urgency": "background",
        "tier": "haiku",
        "publish_now": "on",
        "note": "Nights are quiet",
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tier": ""}, "Say what happens"),
        ({"model": "claude-opus-4-6"}, "take the other out"),
        ({"urgency": "soon"}, "soon is not one of the available choices"),
        ({"tier": "mini"}, "mini"),
        ({"tier": "", "urgency": [], "deny": "on"}, "refuse every request"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(ada, changes, words):
    assert words in refusals(ada.post(address(Rule, "add"), rule(**changes)))
    assert not Rule.objects.filter(slug="night-shift").exists()


def test_a_rule_is_live_when_saved(ada):
    RulebookApproval.objects.update(for_clinical_work=False)
    response = ada.post(address(Rule, "add"), rule())
    assert response.status_code == 302, refusals(response)
    live = RulebookVersion.objects.latest("pk")
    assert "night-shift" in [each["slug"] for each in live.content["rules"]]
    assert RulebookVersion.objects.filter(pk=live.pk, published_by__username="ada").exists()


def test_a_rule_about_clinical_work_waits_for_a_second_person(ada):
    """The one who proposed it cannot approve it; somebody else can."""
    ada.post(address(Rule, "add"), rule())
    proposal = RulebookProposal.objects.get()
    assert RulebookVersion.objects.count() == 1
    approve = reverse("admin:routing_rulebookproposal_approve", args=[proposal.pk])
    assert "rule night-shift" in ada.get(approve).content.decode()
    ada.post(approve)
    assert RulebookVersion.objects.count() == 1
    second = Browser()
    second.force_login(make_member("clinic_admin"))
    second.post(approve)
    live = RulebookVersion.objects.latest("pk")
    assert [str(live.proposed_by), str(live.published_by)] == ["ada", "a-clinic_admin"]
    assert (
        "rule night-shift" in ada.get(address(RulebookVersion, "change", live.pk)).content.decode()
    )


def test_a_clinic_admin_cannot_switch_the_second_person_off(client):
    """Only a superuser can, unless a group is given the permission."""
    client.force_login(make_member("clinic_admin"))
    url = address(RulebookApproval, "change", 1)
    assert client.post(url, {"row_state": ""}).status_code == 403
    assert RulebookApproval.objects.get().for_clinical_work


def test_a_draft_waits_for_its_publication(ada):
    RulebookApproval.objects.update(for_clinical_work=False)
    draft = rule()
    draft.pop("publish_now")
    ada.post(address(Rule, "add"), draft)
    before = RulebookVersion.objects.latest("pk")
    assert "night-shift" not in json.dumps(before.content)
    page = ada.get("/admin/routing/rulebookversion/publish/")
    assert {each.what for each in page.context["differences"]} == {"rule night-shift"}
    confirm(ada, "/admin/routing/rulebookversion/publish/", note="Cheaper nights")
    assert RulebookVersion.objects.latest("pk").note == "Cheaper nights"
    confirm(ada, f"/admin/routing/rulebookversion/{before.pk}/put-back/", note="Too cheap")
    assert RulebookVersion.objects.latest("pk").content == before.content


def test_person_resets_a_breaker(ada):
    """Live when it is done, and in the audit trail."""
    place = Deployment.objects.all()[0]
    key, failures = scripts.state_key(place.slug), scripts.failures_key(place.slug)
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        for _ in range(FAILURES_IN_A_ROW):
            client.eval(scripts.ACT, 2, key, failures, "", "report", 0, 1, "529-overloaded_error")
        url = address(Deployment, "change", place.pk)
        assert "529-overloaded_error" in ada.get(url).content.decode()
        assert (
            "open, a probe may go in" in ada.get(address(Deployment, "changelist")).content.decode()
        )
        reset = reverse("admin:usage_deployment_reset_breaker", args=[place.pk])
        assert ada.get(reset).status_code == 200
        assert client.exists(key)
        assert ada.post(reset).status_code == 302
        assert not client.exists(key, failures)
    assert AuditEntry.objects.latest("seq").kind == "breaker-reset"


def test_only_those_who_may_change_a_deployment_reset_its_breaker(client):
    client.force_login(make_member("developer"))
    url = reverse("admin:usage_deployment_reset_breaker", args=[Deployment.objects.all()[0].pk])
    assert client.post(url).status_code == 403


def test_deployments_are_shown_while_redis_is_away(ada, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    for url in (
        address(Deployment, "changelist"),
        address(Deployment, "change", Deployment.objects.all()[0].pk),
    ):
        assert "unknown: Redis is away" in ada.get(url).content.decode()


MONEY: set[type[Model]] = {UsageRecord, Budget, BudgetPeriod}
TRAIL: set[type[Model]] = {Attempt, LedgerEntry, AuditEntry, AuditHead}
VISIBLE: dict[str, tuple[set[type[Model]], set[type[Model]]]] = {
    "clinic_admin": (MONEY | {ApiKey, TaskType, Price}, TRAIL),
    "finance": (MONEY | {Price, Attempt, LedgerEntry}, {AuditEntry, AuditHead, TaskType}),
    "compliance": (MONEY | TRAIL | {TaskType}, set()),
    "operations": (MONEY | {Attempt, LedgerEntry, TaskType}, {AuditEntry, AuditHead}),
    "reviewer": ({TaskType}, MONEY | TRAIL | {ApiKey}),
    "developer": ({TaskType, Price, ApiKey}, MONEY | TRAIL),
}


@pytest.mark.parametrize("group", VISIBLE)
def test_each_group_sees_its_own_tables_only(client, group):
    client.force_login(make_member(group))
    shown, hidden = VISIBLE[group]
    for model in shown:
        assert client.get(address(model, "changelist")).status_code == 200, model
    for model in hidden:
        assert client.get(address(model, "changelist")).status_code == 403, model


def test_the_trail_of_a_request_is_shown_only_to_those_who_may_see_it(client):
    make_rows(1)
    client.force_login(make_member("clinic_admin"))
    page = client.get(address(UsageRecord, "change", UsageRecord.objects.get().pk))
    assert page.context["trail"].attempts is None
    assert page.context["trail"].audit is None
    assert "<caption>Attempts" not in page.content.decode()


def test_every_table_of_the_admin_has_its_heading_in_the_docs():
    text = (settings.BASE_DIR / "docs" / "admin.md").read_text()
    names = {str(model._meta.verbose_name_plural) for model in admin.site._registry}
    headings = {line.removeprefix("### ").lower() for line in text.splitlines() if "###" in line}
    assert {name.lower() for name in names} <= headings


def test_an_example_that_identifies_somebody_is_refused(ada):
    """Examples leave the house with every question, whoever it is about."""
    values = {"text": "Call Mrs. Smith (MRN 00482913) about 04/12/1967.", "label": "simple"}
    page = ada.post(address(ClassifierExample, "add"), values)
    assert "identified somebody" in refusals(page)
    assert "00482913" not in refusals(page)
    values = {"text": "Call the patient back about the bill.", "label": "simple", "is_shown": "on"}
    assert ada.post(address(ClassifierExample, "add"), values).status_code == 302


def test_the_llm_classifier_is_one_row_with_sound_settings(ada):
    url = address(LlmClassifier, "change", 1)
    values = form_of(ada, url)
    for wrong in ({"asks_from": "0.9"}, {"model_id": "no-such-model"}, {"asks_up_to": "NaN"}):
        assert ada.post(url, values | wrong).status_code == 200
    assert ada.get(address(LlmClassifier, "add")).status_code == 403
    assert ada.get(address(LlmClassifier, "delete", 1)).status_code == 403
    response = ada.post(url, values | {"is_enabled": "on", "asks_from": "0.5"}, follow=True)
    assert any("is live" in str(message) for message in response.context["messages"])
    assert snapshot.build().classifier.asks_from == 0.5
