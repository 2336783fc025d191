"""The sources of feedsvc as trees: who imports what, read without importing it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "feedsvc"


@dataclass(frozen=True)
class Module:
    """A module of ours: its name below ``feedsvc`` (``fetch.robots``) and its source."""

    name: str
    tree: ast.Module
    is_package: bool = False

    @property
    def part(self) -> str:
        return self.name.split(".")[0]

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All that the tree holds."""
        return tuple(ast.walk(self.tree))

    @property
    def face(self) -> set[str]:
        """The names in its ``__all__``."""
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
                return set(ast.literal_eval(node.value))
        return set()


@cache
def modules() -> list[Module]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        names = path.relative_to(PACKAGE).with_suffix("").parts
        package = names[-1] == "__init__"
        name = ".".join(names[:-1] if package else names)
        found.append(Module(name, ast.parse(path.read_text("utf-8")), package))
    return found


@cache
def imports(module: Module) -> tuple[tuple[int, str], ...]:
    """Line and absolute name of all that is imported, in functions too."""
    found: list[tuple[int, str]] = []
    for node in module.nodes:
        if isinstance(node, ast.Import):
            found += ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                own = ["feedsvc", *module.name.split(".")] if module.name else ["feedsvc"]
                above = own[: len(own) - node.level + module.is_package]
                base = ".".join([*above, *([base] if base else [])])
            found += ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
    return tuple(found)


def imported_modules(found: list[Module]) -> dict[str, set[str]]:
    """By module the modules that it imports, in functions and for types too.

    ``from feedsvc.parse import phrases`` imports the module of that name where there is one,
    else the package.
    """
    names = {module.name for module in found}
    graph: dict[str, set[str]] = {}
    for module in found:
        targets = graph[module.name] = set()
        for _, name in imports(module):
            top, _, below = name.partition(".")
            while below and below not in names:
                below = below.rpartition(".")[0]
            if top == "feedsvc" and below:
                targets.add(below)
        targets.discard(module.name)
    return graph


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Modules that import each other round, the first one again at the end; empty for none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []
