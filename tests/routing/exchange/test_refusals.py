"""What an import refuses: by line and path, all of it at once, and nothing is changed."""

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command

from routerproject.shared.yaml_text import RefusedDocument
from routing.exchange import document
from routing.exchange.document import ConfigurationMoved
from routing.models import Experiment, Rule, TaskType
from tests.factories.people import make_admin, make_member
from usage.models import AuditEntry, ConfigVersion, Deployment, ModelCard, Price, Provider

pytestmark = [pytest.mark.service, pytest.mark.django_db]
CANARY = "sk-ant-api03-canary4711canary4711canary4711"
PRICE = "{input_usd: 1, output_usd: 5, cache_write_5m_usd: 1.25, cache_write_1h_usd: 2,"


def flaws(body: str) -> list[str]:
    """Return what is said against a document, after which nothing has changed."""
    before = ConfigVersion.objects.get().version
    with pytest.raises(RefusedDocument) as refused:
        document.apply(f"format: 1\n{body}", by=None)
    assert ConfigVersion.objects.get().version == before
    return [str(flaw) for flaw in refused.value.flaws]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("modells: {}", "line 2, modells: There is no such section. models is meant?"),
        ("models: [a]", "line 2, models: Rows by their names are needed."),
        ("models:\n  claude-opus-4-6: 7", "line 3, models.claude-opus-4-6: Fields by their names"),
        (
            "models:\n  claude-opus-4-6:\n    max_tokens: 7",
            "line 4, models.claude-opus-4-6.max_tokens: There is no such field. max_output_tokens",
        ),
        ("models:\n  claude-opus-4-6: {tier: mega}", "claude-opus-4-6.tier: There is no such tier"),
        ("models:\n  claude-opus-4-6: {vision: no}", "opus-4-6.vision: true or false is needed"),
        ("models:\n  claude-opus-4-6: {timeout_ms: 1.5}", "timeout_ms: A whole number is needed"),
        ("models:\n  claude-opus-4-6: {timeout_ms: -5}", "timeout_ms: Ensure this value"),
        ("models:\n  claude-opus-4-6: {timeout_ms: 99999999999999}", "timeout_ms: Ensure"),
        ("models:\n  claude-opus-4-6: {retires_on: soon}", "retires_on: A day is needed"),
        ("models:\n  claude-opus-4-6: {aliases: x}", "aliases: A list of names is needed"),
        ("models:\n  claude-opus-4-6: {name: null}", "name: A value is needed"),
        ("models:\n  claude-opus-4-6: {is_live: false}", "models.claude-opus-4-6"),
        ("models:\n  new-one: {name: New}", "models.new-one: "),
        (
            "models:\n  claude-opus-4-6: {aliases: [claude-haiku-4-5]}",
            "aliases: claude-haiku-4-5-20251001 already has one of these names",
        ),
        ("providers:\n  anthropic: {protocol: telnet}", "protocol: One of these is needed: anthr"),
        ("providers:\n  anthropic: {credential_ref: hunter2}", "credential_ref: A reference is n"),
        (
            "providers:\n  anthropic: {credential_ref: env:SECRET_KEY}",
            "line 3, providers.anthropic.c",
        ),
        (
            "comorbidity_pairs: {E11: {Banana: {name: Both, severity: low}}}",
            "comorbidity_pairs.E11.Banana: This is not shaped like an ICD-10-CM code",
        ),
        (
            "comorbidity_pairs: {E11: {E11.9: {name: Both, severity: low}}}",
            "comorbidity_pairs.E11.E11.9: One of the codes is the other",
        ),
        ("comorbidity_pairs: {E11: {I10: {severity: huge}}}", "E11.I10.severity: "),
        ("prices: {claude-opus-4-6: {soon: {input_usd: 1}}}", "A moment with its zone is needed"),
        ("prices: {claude-opus-4-6: {2031-01-01: {input_usd: 1}}}", "A moment with its zone"),
        ("prices: {nobody: {2031-01-01T00:00:00Z: {input_usd: 1}}}", "There is no such model"),
        (
            "routing:\n  feature: {tier: gigantic}",
            "line 3, routing.feature.tier: feature: there is",
        ),
        (
            "routing:\n  feature: {fallback: [nobody]}",
            "routing.feature.fallback: feature: the fallb",
        ),
        (
            "routing:\n  feature:\n    tier: sonnet\n    fallback: [opus, sonnet]",
            "line 5, routing.feature.fallback: feature: the fallback chain comes back to sonnet",
        ),
        (
            "routing:\n  feature: {primary: gpt-9}",
            "routing.feature.primary: feature: there is no l",
        ),
        ("routing:\n  drug_interaction: {tier: haiku}", "tier: drug_interaction: the tier haiku l"),
        ("routing:\n  feature: {thinking: maybe}", "thinking: One of these is needed"),
        (
            "routing:\n  feature: {escalate_below: NaN}",
            "escalate_below: A number is needed",
        ),
        (
            "rules:\n  r: {name: R, actions: {tier: mega}}",
            "rules.r.actions: The rule r names the ti",
        ),
        ("rules:\n  r: {name: R, actions: {model: gpt-9}}", "the model gpt-9, which is not live"),
        ("rules:\n  r: {name: R, actions: {fly: away}}", "rules.r.actions: r: There is no action"),
        (
            "rules:\n  r: {name: R, actions: {deny: true}, conditions: {task_type: juggling}}",
            "names the task type juggling, which does not exist",
        ),
        ("losses: {opus: {haiku: 1}}", "The row for opus must rise"),
        ("losses: {opus: {haiku: .inf}}", "losses.opus.haiku: A decimal number is needed"),
    ],
    ids=lambda value: value[:44].replace("\n", " "),
)
def test_what_is_wrong_is_named_with_its_place(body, words):
    """So that it is found in a file of thousands of lines."""
    assert words in " ".join(flaws(body))


@pytest.mark.parametrize(
    "price",
    ["-1", "NaN", ".inf", "1e9", "1.0000000000001", "100001", "'0x10'", "one", "[1]", "null", ""],
)
def test_no_price_but_a_bounded_exact_decimal_is_taken(price):
    """Thirteen decimals are not rounded: they are refused."""
    body = f"prices:\n  claude-opus-4-6:\n    2031-01-01T00:00:00Z:\n      input_usd: {price}\n"
    rest = "".join(
        f"      {kind}_usd: 5\n"
        for kind in ("output", "cache_write_5m", "cache_write_1h", "cache_read")
    )
    found = flaws(body + rest)
    assert any("line 5, prices.claude-opus-4-6.2031-01-01T00:00:00Z.input_usd" in f for f in found)
    assert not Price.objects.filter(valid_from__year=2031).exists()


def test_two_prices_of_one_moment_are_refused_however_they_are_written():
    """Nobody could say which of them holds."""
    price = f"{PRICE} cache_read_usd: 0.1}}"
    found = flaws(
        "prices:\n  claude-opus-4-6:\n"
        f"    2031-01-01T00:00:00Z: {price}\n    2031-01-01T01:00:00+01:00: {price}\n"
    )
    assert "line 5" in found[0]
    assert "This row comes twice" in found[0]


def test_the_past_keeps_its_prices():
    """A price that held is not changed, and none is put before it."""
    held = Price.objects.filter(model__model_id="claude-opus-4-6").latest("valid_from")
    moment = held.valid_from.isoformat()
    changed = flaws(f"prices: {{claude-opus-4-6: {{{moment}: {{input_usd: 4}}}}}}")
    assert "A price that held stays as it is" in changed[0]
    price = f"{PRICE} cache_read_usd: 0.1}}"
    earlier = flaws(f"prices: {{claude-opus-4-6: {{2020-01-01T00:00:00Z: {price}}}}}")
    assert "A new price begins in the future" in earlier[0]


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ("{sonnet: 50, opus: 40}", "the shares of the arms come to 90 percent, not to 100"),
        ("{sonnet: 150, opus: -50}", "whole number of percent"),
        ("{sonnet: 50, gpt-9: 50}", "the arm gpt-9 names neither a tier nor a model"),
        ("{sonnet: half, opus: 50}", "whole number of percent"),
    ],
)
def test_shares_that_do_not_add_up_are_refused_at_their_line(shares, words):
    """Also of an experiment that is a draft for now."""
    assert words in (found := flaws(f"routing:\n  feature:\n    ab_split: {shares}"))[0]
    assert found[0].startswith("line 4, routing.feature.ab_split")
    assert not Experiment.objects.exists()


@pytest.mark.parametrize("arms", ["[5]", "[{name: a}]", "[{name: a, target: opus, share: 100}]"])
def test_arms_of_another_shape_are_refused_at_their_line(arms):
    row = f"experiments:\n  split:\n    name: Split\n    task_type: feature\n    variants: {arms}"
    assert flaws(row) == [
        "line 6, experiments.split.variants: Each arm has a name, a target and a percent."
    ]


@pytest.mark.parametrize(
    "body",
    [
        f"providers:\n  anthropic: {{credential_ref: {CANARY}}}",
        f"models:\n  claude-opus-4-6: {{note: 'the key is {CANARY}'}}",
        f"routing:\n  feature: {{description: '{CANARY}'}}",
        f"{CANARY}: 1",
        f"models:\n  {CANARY}: {{name: x}}",
        f"providers:\n  anthropic: {{name: 'https://me:{CANARY}@example.org'}}",
    ],
)
def test_a_literal_secret_is_refused_and_never_repeated(body):
    """Wherever it stands, as a value or as a name."""
    found = " ".join(flaws(body))
    assert "looks like a secret" in found or "A reference is needed" in found
    assert "canary4711" not in found


def test_a_secret_in_a_row_does_not_leave_with_an_export():
    """Its place is named, so that it can be taken out."""
    ModelCard.objects.filter(model_id="claude-opus-4-6").update(note=f"key {CANARY}")
    with pytest.raises(RefusedDocument, match=r"models\.claude-opus-4-6\.note") as refused:
        document.exported()
    assert "canary" not in str(refused.value)


def test_references_are_all_an_export_says_of_credentials(monkeypatch):
    """Never what they lead to."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    Provider.objects.filter(slug="anthropic").update(credential_ref="env:ANTHROPIC_API_KEY")
    text = document.exported()
    assert "credential_ref: env:ANTHROPIC_API_KEY" in text
    assert "canary" not in text


def test_every_flaw_is_named_at_once():
    """One round, not twenty."""
    found = flaws(
        "routing:\n  feature: {tier: a}\n  debugging: {tier: b}\n  summarization: {tier: c}"
    )
    assert len(found) == 3


def test_what_the_live_rulebook_needs_is_not_taken_away():
    """As in the admin: it could not be served from."""
    found = flaws("models:\n  claude-opus-4-6: {is_live: false, is_tier_default: false}")
    assert "no live default model" in " ".join(found)


def test_the_format_has_to_be_one_that_is_known():
    """A newer document is not half understood."""
    with pytest.raises(RefusedDocument, match="The format is 1"):
        document.plan("format: 2")
    with pytest.raises(RefusedDocument, match="The format is 1"):
        document.plan("models: {}")


def test_a_plan_that_was_overtaken_is_not_applied():
    """Somebody else's edit is not written over unseen."""
    text = "format: 1\ndeployments:\n  anthropic-claude-opus-4-6: {weight: 7}\n"
    text = text.replace("anthropic-claude-opus-4-6", Deployment.objects.all()[0].slug)
    follows = document.plan(text).version
    TaskType.objects.filter(slug="debugging").update(name="Debugging, hard")
    with pytest.raises(ConfigurationMoved):
        document.apply(text, by=None, follows=follows)
    assert not Deployment.objects.filter(weight=7).exists()
    document.apply(text, by=None, follows=document.plan(text).version)
    assert Deployment.objects.filter(weight=7).exists()


def test_everybody_imports_what_they_may_edit():
    """And nothing besides."""
    place = Deployment.objects.all()[0].slug
    operator = make_member("operations")
    mine = f"format: 1\ndeployments:\n  {place}: {{weight: 7}}\n"
    assert document.plan(mine).lacking(operator) == []
    document.apply(mine, by=operator)
    both = f"{mine.replace('7', '8')}routing:\n  feature: {{max_output_tokens: 9}}\n"
    assert document.plan(both).lacking(operator) == ["routing.change_tasktype"]
    with pytest.raises(PermissionDenied):
        document.apply(both, by=operator)
    assert Deployment.objects.get(slug=place).weight == 7


def test_an_import_is_audited_with_its_rows_and_author():
    """By names of rows and columns, without their values."""
    by = make_admin()
    document.apply("format: 1\nrouting:\n  feature: {description: canary}\n", by=by)
    entry = AuditEntry.objects.get(kind="configuration-imported")
    assert entry.actor == by.get_username()
    assert '"fields":["description"]' in entry.record
    assert '"row":"feature"' in entry.record
    assert "canary" not in entry.record


def test_a_draft_decides_nothing_yet():
    """Rules wait for their publication, whoever imports them."""
    document.apply("format: 1\nrules:\n  r: {name: R, actions: {ceiling: opus}}\n", by=None)
    assert Rule.objects.get(slug="r").is_published is False


def test_the_command_says_what_is_wrong(tmp_path):
    """With lines and paths, and an exit code."""
    file = tmp_path / "bad.yaml"
    file.write_text("format: 1\nrouting:\n  feature: {tier: mega}\n")
    with pytest.raises(CommandError, match=r"line 3, routing\.feature\.tier"):
        call_command("import_config", str(file), "--apply")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_config", str(tmp_path / "none.yaml"))
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(CommandError, match="not UTF-8"):
        call_command("import_config", str(file))
