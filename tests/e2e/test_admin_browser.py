"""The admin and the dashboard in a real browser: no script error, no policy violation, usable."""

import os
import shutil
import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from routing.models import Rule, TaskType
from tests.factories.accounts import make_client
from tests.factories.people import PASSWORD, make_admin
from tests.factories.requests import make_attempt, make_request
from usage.models import ApiKey

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PAGES = (
    "/admin/",
    "/admin/usage/usagerecord/",
    "/admin/usage/budget/",
    "/admin/usage/apikey/add/",
    "/admin/routing/tasktype/1/change/",
    "/admin/routing/rule/3/change/",
    "/admin/routing/rule/order/",
    "/admin/routing/rulebookversion/publish/",
    "/admin/routing/rulebookversion/1/change/",
    "/admin/routing/rulebookversion/import/",
    "/admin/routing/experiment/add/",
    "/admin/routing/rulebookapproval/1/change/",
    "/admin/routing/whatif/ask/",
    "/usage/",
    "/usage/?range=today",
    "/usage/cost/",
    "/admin/phi/customrecognizer/add/",
    "/phi/try-out/",
    "/phi/in-force/",
    "/routing/explain/",
)
PATIENCE_MS = 30_000
pytestmark = [
    pytest.mark.browser,
    pytest.mark.service,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None and os.environ.get("CI") != "true":
        pytest.skip("There is no Chromium on this machine.")
    assert CHROMIUM, "The browser tests need Chromium."
    # The driver's event loop runs in this thread, and Django takes that for an async view.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    # While it runs, Django has other connections here, and nobody closes the ones of before.
    connections.close_all()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def complaints() -> list[str]:
    """Errors and warnings of the browser's console."""
    return []


@pytest.fixture
def stranger(chromium: Browser, live_server: LiveServer, complaints: list[str]) -> Iterator[Page]:
    """The page of somebody who has not signed in."""
    context = chromium.new_context(base_url=live_server.url)
    page = context.new_page()

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()


@pytest.fixture
def page(stranger: Page, live_server: LiveServer) -> Page:
    """The page of somebody who has signed in: the form takes a second of a processor."""
    signed_in = Client()
    signed_in.force_login(make_admin())
    name = settings.SESSION_COOKIE_NAME
    value = signed_in.cookies[name].value
    stranger.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    return stranger


def test_no_page_complains_in_the_console(stranger: Page, complaints: list[str]):
    """From the sign-in on."""
    make_admin()
    page = stranger
    page.goto("/usage/")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url("**/usage/")
    make_attempt(make_request())
    for path in PAGES:
        response = page.goto(path)
        page.wait_for_load_state("networkidle")
        assert response is not None
        assert response.ok, path
        assert complaints == [], path


def test_a_key_is_made_by_hand_and_shown_once(page: Page):
    make_client(slug="frontdesk")
    page.goto(reverse("admin:usage_apikey_add"))
    page.fill("[name=name]", "Front desk")
    page.click(".select2-selection")
    page.fill(".select2-search__field", "frontdesk")
    page.wait_for_selector(".select2-results__option--highlighted:has-text('frontdesk')")
    page.keyboard.press("Enter")
    page.check("[name=scopes][value=route]")
    page.click("[name=_save]")
    key = page.input_value("#new-key")
    row = ApiKey.objects.get(name="Front desk")
    assert key.startswith(f"cmr_{row.prefix}_")
    page.goto(reverse("admin:usage_apikey_change", args=[row.pk]))
    assert key not in page.content()


def test_a_configuration_is_pasted_planned_and_applied(page: Page, complaints: list[str]):
    page.goto(reverse("admin:routing_rulebookversion_import_file"))
    page.fill("[name=text]", "format: 1\nrouting:\n  feature: {max_output_tokens: 4321}\n")
    page.click("button:has-text('Plan')")
    assert "task type feature" in page.inner_text("table.rows")
    page.click("button:has-text('Apply')")
    page.wait_for_url("**/publish/")
    assert TaskType.objects.get(slug="feature").max_output_tokens == 4321
    assert complaints == []


def test_the_dashboard_is_used_from_the_keyboard_without_scripts(
    chromium: Browser, page: Page, live_server: LiveServer
):
    make_attempt(make_request(tier="haiku"))
    state = page.context.storage_state()
    context = chromium.new_context(
        base_url=live_server.url, storage_state=state, java_script_enabled=False
    )
    plain = context.new_page()
    plain.goto("/usage/")
    plain.focus("#id_range")
    plain.select_option("#id_range", "today")
    plain.focus("form.filters button")
    plain.keyboard.press("Enter")
    plain.wait_for_url("**range=today**")
    assert plain.locator("svg.chart").count() == 2
    plain.focus("summary >> nth=0")
    plain.keyboard.press("Enter")
    assert plain.locator("details[open] table").is_visible()
    context.close()


def test_a_rule_is_written_from_the_keyboard_and_read_in_words(page: Page):
    page.goto(reverse("admin:routing_rule_add"))
    page.fill("[name=slug]", "night-notes")
    page.fill("[name=name]", "Notes at night")
    page.focus("#id_task_type + .select2 .select2-search__field")
    page.keyboard.type("drug_inter")
    page.wait_for_selector(".select2-results__option--highlighted:has-text('drug_interaction')")
    page.keyboard.press("Enter")
    page.focus("[name=deny]")
    page.keyboard.press("Space")
    sentence = page.locator("#rule-sentence")
    words = "When the request says that it is drug interaction, then it is refused."
    expect(sentence).to_contain_text(words, timeout=PATIENCE_MS)
    page.focus("[name=floor]")
    page.select_option("[name=floor]", "opus")
    expect(sentence).to_contain_text("take out Nothing below", timeout=PATIENCE_MS)
    page.select_option("[name=floor]", "")
    page.focus("[name=publish_now]")
    page.keyboard.press("Space")
    page.focus("[name=_save]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/routing/rule/", timeout=PATIENCE_MS)
    rule = Rule.objects.get(slug="night-notes")
    assert (rule.conditions, rule.actions) == ({"task_type": "drug_interaction"}, {"deny": True})


def test_a_rule_is_dragged_to_the_front(page: Page):
    """The numbers stay in their places, and the rules take those of where they are now."""
    *others, last = Rule.objects.values_list("slug", flat=True)
    numbers = list(Rule.objects.values_list("priority", flat=True))
    page.goto(reverse("admin:routing_rule_order"))
    rows = page.locator("table.order tbody")
    name = rows.last.get_attribute("data-name")
    grip, place = rows.last.locator(".handle").bounding_box(), rows.first.bounding_box()
    assert grip is not None
    assert place is not None
    page.mouse.move(grip["x"] + 8, grip["y"] + 8)
    page.mouse.down()
    until = time.monotonic() + PATIENCE_MS / 1000
    while rows.first.get_attribute("data-name") != name and time.monotonic() < until:
        page.mouse.move(grip["x"] + 12, place["y"] + 12)
        page.mouse.move(grip["x"] + 14, place["y"] + 8)
    page.mouse.up()
    expect(page.locator("#moved")).to_contain_text("is number 1 of", timeout=PATIENCE_MS)
    page.uncheck("[name=publish_now]")
    page.click("text=Save the order")
    page.wait_for_url("**/routing/rule/", timeout=PATIENCE_MS)
    assert list(Rule.objects.values_list("slug", "priority")) == list(
        zip([last, *others], numbers, strict=True)
    )


def test_rules_change_places_from_the_keyboard(page: Page):
    """With a row's buttons, and by its number."""
    first, second, third, *others = Rule.objects.values_list("slug", flat=True)
    page.goto(reverse("admin:routing_rule_order"))
    page.locator("tbody button[data-by='1']").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#moved")).to_contain_text("is number 2 of", timeout=PATIENCE_MS)
    expect(page.locator("tbody button[data-by='1']").nth(1)).to_be_focused(timeout=PATIENCE_MS)
    name = page.locator("table.order tbody").nth(2).get_attribute("data-name")
    page.locator("table.order input").nth(2).fill("1")
    page.keyboard.press("Tab")
    expect(page.locator("table.order tbody").first).to_have_attribute(
        "data-name", str(name), timeout=PATIENCE_MS
    )
    page.uncheck("[name=publish_now]")
    page.click("text=Save the order")
    page.wait_for_url("**/routing/rule/", timeout=PATIENCE_MS)
    assert list(Rule.objects.values_list("slug", flat=True)) == [third, second, first, *others]
