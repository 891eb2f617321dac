"""What is judged: a request to a provider with known identifiers in it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bench.phi.marked import Marked, mark

ORDINARY, HARD, CLEAN = "ordinary", "hard", "clean"
DIFFICULTIES = (ORDINARY, HARD, CLEAN)


@dataclass(frozen=True, slots=True)
class Case:
    """One clinical text, or a structure with texts in its leaves."""

    author: str
    style: str
    difficulty: str
    content: Any  # Marked, or a tree of dicts and lists with Marked or plain leaves
    records: tuple[Mapping[str, Any], ...] = ()  # the `patient` objects sent with the request
    others: tuple[Mapping[str, Any], ...] = ()  # patients of the clinic whose record is not sent
    carriage: str = "message"  # message | tool_use | tool_result | context

    @property
    def text(self) -> str:
        """Every string of the case, for counting characters."""
        return "\n".join(leaf.text for _, leaf in leaves_of(self.content))

    def request(self) -> dict[str, Any]:
        """Return the body of the request that carries it."""
        content = plain(self.content)
        if self.carriage == "tool_use":
            block = {"type": "tool_use", "id": "toolu_01", "name": "record", "input": content}
            return {"messages": [{"role": "assistant", "content": [block]}]}
        if self.carriage == "context":
            return {"context": content, "messages": [{"role": "user", "content": "Summarize."}]}
        if self.carriage == "tool_result":
            result = {"type": "tool_result", "tool_use_id": "toolu_01", "content": content}
            return {"messages": [{"role": "user", "content": [result]}]}
        return {"messages": [{"role": "user", "content": content}]}

    def carried(self, request: Any) -> Any:
        """Return what stands in the place of the content in a request like this one's."""
        if self.carriage == "context":
            return request["context"]
        content = request["messages"][0]["content"]
        if self.carriage == "tool_use":
            return content[0]["input"]
        if self.carriage == "tool_result":
            return content[0]["content"]
        return content


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who writes: a name and, by style, functions that write one case."""

    name: str
    ordinary: Mapping[str, Callable[[Random], Case]] = field(default_factory=dict)
    hard: Mapping[str, Callable[[Random], Case]] = field(default_factory=dict)
    clean: Mapping[str, Callable[[Random], Case]] = field(default_factory=dict)

    def cases(self, difficulty: str, count: int, seed: int) -> Iterator[Case]:
        """Yield cases, the styles in turn; the same for the same seed."""
        styles = sorted(getattr(self, difficulty).items())
        for number in range(count if styles else 0):
            style, write = styles[number % len(styles)]
            yield write(Random(f"{self.name}/{difficulty}/{style}/{seed}/{number}"))


def plain(content: Any) -> Any:
    """Return the content without labels."""
    if isinstance(content, Marked):
        return content.text
    if isinstance(content, dict):
        return {name: plain(item) for name, item in content.items()}
    if isinstance(content, list):
        return [plain(item) for item in content]
    return content


Path = tuple[str | int, ...]


def leaves_of(content: Any, path: Path = ()) -> Iterator[tuple[Path, Marked]]:
    """Yield every string leaf with its place."""
    if isinstance(content, Marked):
        yield path, content
    elif isinstance(content, str):
        yield path, mark(content)
    elif isinstance(content, dict):
        for name, item in content.items():
            yield from leaves_of(item, (*path, name))
    elif isinstance(content, list):
        for index, item in enumerate(content):
            yield from leaves_of(item, (*path, index))


def at(content: Any, path: Path) -> Any:
    """Return what stands at a place."""
    for step in path:
        content = content[step]
    return content
