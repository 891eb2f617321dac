"""When models are retired, as the vendor's own SDK announces it.

Its table is read from the installed source: importing it would load all of the SDK, 3,000 modules
and over 40 MB, into each process that can name a background task.
"""

import ast
import re
from collections.abc import Mapping
from datetime import date, datetime
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

import structlog

TABLE: Final = "DEPRECATED_MODELS"
SOURCE: Final = "anthropic/resources/messages/messages.py"
_ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th)\b")

log = structlog.get_logger(__name__)


def retirement_dates(table: Mapping[str, str] | None = None) -> dict[str, date]:
    """Return the retirement day of each model id that the installed SDK warns of.

    The SDK writes "November 30th, 2026"; what it may write otherwise one day is left out.
    """
    found = {}
    for model_id, text in (announced() if table is None else table).items():
        try:
            day = datetime.strptime(_ORDINAL.sub("", text) + " +0000", "%B %d, %Y %z").date()
        except ValueError:
            continue
        found[model_id] = day
    return found


def announced() -> dict[str, str]:
    """Return the SDK's table, model id to day; an empty one, with a warning, where it has none."""
    try:
        source = Path(str(distribution("anthropic").locate_file(SOURCE)))
        tree = ast.parse(source.read_text(encoding="utf-8"))
        return next(filter(None, map(_table, tree.body)))
    except (PackageNotFoundError, OSError, SyntaxError, ValueError, StopIteration) as error:
        log.warning("announced_retirements.unreadable", error=type(error).__name__)
        return {}


def _table(statement: ast.stmt) -> dict[str, str]:
    """Return the table if a statement assigns it. Raises ValueError if it is no plain one."""
    if isinstance(statement, ast.Assign):
        named = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        named = [statement.target]
    else:
        return {}
    if statement.value is None or TABLE not in [getattr(each, "id", "") for each in named]:
        return {}
    found = ast.literal_eval(statement.value)
    return {str(name): str(text) for name, text in dict(found).items()}
