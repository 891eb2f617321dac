"""Export and import in the admin: plan, apply, conflict, and who may."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from routing.models import TaskType
from tests.factories.people import make_admin, make_member
from usage.models import AuditEntry, Deployment

pytestmark = [pytest.mark.django_db, pytest.mark.service]
EXPORT = "admin:routing_rulebookversion_export_file"
IMPORT = "admin:routing_rulebookversion_import_file"
TEXT = "format: 1\nrouting:\n  feature: {max_output_tokens: 4321}\n"


def browser_of(user) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture
def ada() -> Browser:
    return browser_of(make_admin())


def hidden(response) -> dict[str, object]:
    """Return what the page with the plan sends on confirmation."""
    form = response.context["form"]
    return {name: form[name].value() for name in form.fields}


def planned(browser: Browser, text: str = TEXT):
    return browser.post(reverse(IMPORT), {"text": text})


def test_the_plan_is_shown_before_anything_changes(ada):
    """And applied as it was shown."""
    page = planned(ada)
    assert "task type feature" in page.content.decode()
    assert "4321" in page.content.decode()
    assert TaskType.objects.get(slug="feature").max_output_tokens != 4321
    done = ada.post(reverse(IMPORT), hidden(page))
    assert done.url == reverse("admin:routing_rulebookversion_publish")
    assert TaskType.objects.get(slug="feature").max_output_tokens == 4321
    assert AuditEntry.objects.get(kind="configuration-imported").actor == "ada"
    assert "max_output_tokens" in ada.get(done.url).content.decode()


def test_a_file_is_taken_as_its_text_is(ada):
    """With a byte order mark, if its editor wrote one."""
    file = SimpleUploadedFile("router.yaml", b"\xef\xbb\xbf" + TEXT.encode())
    assert "4321" in ada.post(reverse(IMPORT), {"file": file}).content.decode()
    broken = SimpleUploadedFile("router.yaml", b"\xff\xfe")
    assert "not UTF-8" in ada.post(reverse(IMPORT), {"file": broken}).content.decode()
    assert "Choose a file" in ada.post(reverse(IMPORT), {}).content.decode()


def test_what_is_wrong_is_shown_with_the_text_to_mend_it(ada):
    """By line and path."""
    page = planned(ada, TEXT.replace("4321", "many")).content.decode()
    assert "line 3, routing.feature.max_output_tokens: A whole number is needed" in page
    assert "{max_output_tokens: many}" in page


def test_an_edit_between_plan_and_application_is_a_conflict(ada):
    """Nothing is changed, and the text is still there."""
    page = planned(ada)
    TaskType.objects.filter(slug="debugging").update(name="Debugging, hard")
    refused = ada.post(reverse(IMPORT), hidden(page))
    assert "Plan it again" in refused.content.decode()
    assert "4321" in refused.content.decode()
    assert TaskType.objects.get(slug="feature").max_output_tokens != 4321


def test_the_export_is_a_file_that_imports_to_nothing(ada):
    """From one page to the other."""
    file = ada.get(reverse(EXPORT))
    assert file["Content-Disposition"].endswith('.yaml"')
    page = planned(ada, file.content.decode())
    assert "Nothing would change." in page.content.decode()


@pytest.mark.parametrize("group", ["compliance", "developer", "reviewer"])
def test_who_edits_nothing_imports_nothing(group):
    """They may export what they see."""
    reader = browser_of(make_member(group))
    assert reader.get(reverse(IMPORT)).status_code == 403
    assert planned(reader).status_code == 403
    text = reader.get(reverse(EXPORT)).content.decode()
    assert "routing:" in text


def test_who_edits_a_part_imports_that_part():
    """A plan that goes further is refused with the permission it lacks."""
    operator = browser_of(make_member("operations"))
    refused = planned(operator).content.decode()
    assert "This needs the permission routing.change_tasktype." in refused
    place = Deployment.objects.all()[0].slug
    page = planned(operator, f"format: 1\ndeployments:\n  {place}: {{weight: 7}}\n")
    operator.post(reverse(IMPORT), hidden(page))
    assert Deployment.objects.get(slug=place).weight == 7
