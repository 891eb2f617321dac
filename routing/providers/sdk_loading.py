"""The vendor's SDK, loaded as far as it is used.

`import anthropic` would load 2,900 modules, which take 50 MB and most of a second. Nearly all of
them describe requests and answers of APIs that are not called here; they are loaded because each
package of the SDK names what lies in its modules. Here a package of the SDK finds a name when it is
asked for (PEP 562): it loads the module that the name comes from, and whole, as ever, where no
import says so. Every object is the SDK's own; only when it is loaded is another time.
"""

import ast
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import import_module
from importlib.abc import InspectLoader, Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Final

SDK: Final = "anthropic"


def load_on_demand() -> None:
    """Have the SDK's packages load what is asked of them; without effect on what is loaded."""
    if not any(isinstance(finder, SdkFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, SdkFinder())


class SdkFinder(MetaPathFinder):
    """Finds the SDK's modules where they are, and has its packages loaded on demand."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != SDK:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.submodule_search_locations is None:
            return spec
        if isinstance(spec.loader, InspectLoader):
            spec.loader = OnDemand(spec.loader)
        return spec


class OnDemand(Loader):
    """Loads a package without what is in it, which follows name by name."""

    def __init__(self, loader: InspectLoader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__getattr__"] = Names(module, self._loader)


class Names:
    """The names of a package: `__getattr__` of its module, called for what it does not have yet."""

    def __init__(self, package: ModuleType, loader: InspectLoader) -> None:
        self._package = package
        self._loader = loader
        self._loading = threading.RLock()
        self._is_whole = False

    def __call__(self, name: str) -> Any:
        """Return what a package holds under a name. Raises AttributeError."""
        if self._is_module(name):  # `from package import module` loads it by itself
            raise AttributeError(name)
        if name in self._origins:
            module, original = self._origins[name]
            found = getattr(import_module(f"{self._package.__name__}.{module}"), original)
            setattr(self._package, name, found)
            return found
        self._load_whole()
        try:
            return vars(self._package)[name]
        except KeyError:
            raise AttributeError(
                f"module {self._package.__name__!r} has no attribute {name!r}"
            ) from None

    @cached_property
    def _origins(self) -> Mapping[str, tuple[str, str]]:
        """Which module of the package a name comes from, and what it is called there."""
        source = self._loader.get_source(self._package.__name__) or ""
        return {
            alias.asname or alias.name: (line.module, alias.name)
            for line in ast.parse(source).body
            if isinstance(line, ast.ImportFrom) and line.level == 1 and line.module
            for alias in line.names
        }

    def _is_module(self, name: str) -> bool:
        path = self._package.__path__
        return PathFinder.find_spec(f"{self._package.__name__}.{name}", path) is not None

    def _load_whole(self) -> None:
        with self._loading:
            if not self._is_whole:
                self._is_whole = True  # also for what it asks of itself while it is loaded
                self._loader.exec_module(self._package)
