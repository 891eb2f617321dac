"""Show with real requests what routing costs and saves, and hold it against the bill."""

import sys
import uuid
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from routerproject.shared.money import usd_text
from routing.management.demo import proof, report, script
from routing.management.demo.client import JsonClient, Unreachable
from routing.management.demo.proof import Ledger, SandboxMark
from routing.management.demo.sending import Outcome, send_all

KEY_FILE = "demo-api-key"  # written by `manage.py load_starter_data`
PLAIN_WIDTH = 140


class Command(BaseCommand):
    help = "Send the demonstration requests through the API and print what they cost."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", help="Address of the router; default: this installation's.")
        parser.add_argument("--key", help="API key; default: the demo key of this installation.")
        parser.add_argument("--csv", type=Path, metavar="PATH", help="Write a row per request.")

    def handle(self, *args: Any, **options: Any) -> None:
        csv_path: Path | None = options["csv"]
        if csv_path is not None and not csv_path.absolute().parent.is_dir():
            raise CommandError(f"There is no folder for {csv_path}.")  # before money is spent
        console = _console(options.get("stdout"))
        api = JsonClient(
            (options["url"] or f"http://127.0.0.1:{settings.PORT}").rstrip("/"),
            options["key"] or _demo_key(),
        )
        try:
            is_proven = _run(console, api, csv_path)
        except Unreachable as error:
            raise CommandError(f"{error} Start the router with `make run`.") from error
        if not is_proven:
            sys.exit(1)


def _run(console: Console, api: JsonClient, csv_path: Path | None) -> bool:
    """Send, report and prove; return whether the proofs hold."""
    began = _summary(api)["to"]  # by the router's own clock
    mark = _sandbox_mark(api)
    session_id = f"demo-{uuid.uuid4()}"
    requests = script.read(session_id)
    console.print(f"sending {len(requests)} requests to {api.url}")
    with _progress(console, len(requests)) as on_outcome:
        outcomes = send_all(api, requests, on_outcome)
    report.show(console, outcomes)
    if csv_path is not None:
        report.write_csv(csv_path, outcomes)
        console.print(f"\nwritten: {csv_path}")
    of_session = Ledger.of(_summary(api, session_id=session_id))
    of_run = Ledger.of(_summary(api, **{"from": began}))
    return _prove(console, outcomes, of_session, of_run, mark)


def _prove(
    console: Console,
    outcomes: Sequence[Outcome],
    of_session: Ledger,
    of_run: Ledger,
    mark: SandboxMark | None,
) -> bool:
    """Print each finding; return whether all of them are as they must be."""
    findings = [proof.replies_finding(outcomes, of_session)]
    lost = proof.leftovers(outcomes)
    if mark is None:
        console.print("\nThe provider is not the sandbox: its bill and record are not read here.")
    else:
        findings.append(proof.bill_finding(of_run, mark.billed()))
        lost += proof.leaks(outcomes, received := mark.received())
        held = sum(len(each.request.identifiers) for each in outcomes)
        if not lost:
            where = f"in the {len(received)} requests the provider received"
            findings.append((True, f"none of {held} identifiers is {where}"))
    if not any(each.is_answered for each in outcomes):
        lost.append("no request was answered")
    findings += [(False, text) for text in lost]
    console.print()
    for is_right, text in findings:
        console.print(f"{'ok' if is_right else 'WRONG':<6}{text}", soft_wrap=True)
    return all(is_right for is_right, _ in findings)


def _summary(api: JsonClient, **filters: str) -> Any:
    answer = api.get("/api/v1/usage/summary", **filters)
    if answer.status != 200:
        raise CommandError(
            f"{api.url} refused the key: {answer.status} {answer.body.get('detail', '')}"
        )
    return answer.body


def _sandbox_mark(api: JsonClient) -> SandboxMark | None:
    """Return where the sandbox stands now, if it is the provider."""
    is_sandbox = api.get("/readyz").body.get("provider") == "sandbox"
    if not is_sandbox or not settings.SANDBOX_URL:
        return None
    return SandboxMark.now(JsonClient(settings.SANDBOX_URL.rstrip("/")))


def _demo_key() -> str:
    path = settings.DATA_DIR / KEY_FILE
    try:
        return str(path.read_text("utf-8").strip())
    except FileNotFoundError:
        raise CommandError(
            f"There is no {KEY_FILE} in {settings.DATA_DIR}: give a key with --key."
        ) from None


def _console(stdout: Any) -> Console:
    console = Console(file=stdout or sys.stdout, highlight=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    return console


@contextmanager
def _progress(console: Console, count: int) -> Iterator[Callable[[Outcome], None]]:
    """Yield what is told of each outcome: a bar on a terminal, else one line each."""
    if not console.is_terminal:
        yield lambda outcome: console.print(_line(outcome), markup=False)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as bar:
        task = bar.add_task("routing", total=count)

        def advance(outcome: Outcome) -> None:
            bar.console.print(_line(outcome), markup=False)
            bar.advance(task)

        yield advance


def _line(outcome: Outcome) -> str:
    if not outcome.is_answered:
        return f"  {outcome.request.id:<18}{outcome.problem}"
    cost = usd_text(outcome.money("total_usd"))
    return f"  {outcome.request.id:<18}{outcome.tier:<8}${cost}  {outcome.latency_ms:.0f} ms"
