"""docs/operations.md says what the launcher does."""

import re

import pytest

from routerproject.local.__main__ import COMMANDS
from routerproject.local.folders import PROJECT

OPERATIONS = (PROJECT / "docs" / "operations.md").read_text()
LAUNCHER = "".join(path.read_text() for path in (PROJECT / "routerproject/local").glob("*.py"))
OF_THE_SYSTEM = {"PATH", "HOME", "MAKELEVEL"}


def variables():
    """Return the environment variables the launcher reads by name."""
    read = re.findall(
        r"environ(?:\.get\(|\[)\"([A-Z_]+)\"|(?:reserve|is_given)\(\"([A-Z_]+)\"", LAUNCHER
    )
    return sorted({name for pair in read for name in pair if name} - OF_THE_SYSTEM)


def test_the_variables_are_found():
    """The pattern still fits the code."""
    assert {"DATA_DIR", "ROUTER_ENGINES", "WEB_WORKERS"} <= set(variables())


@pytest.mark.parametrize("name", variables())
def test_each_variable_of_the_launcher_is_described(name):
    """Nobody has to read the code to set one."""
    assert f"`{name}`" in OPERATIONS or f"`{name}=" in OPERATIONS


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_command_is_described(name):
    """Every command stands in the text as it is typed."""
    assert f"make {name}" in OPERATIONS
