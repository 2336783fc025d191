"""How much code there is, and how it is cut: statements, files, docstrings, tables.

    python -m benchmarks.measure.statements [--beside CHECKOUT]

A statement is an ``ast.stmt`` of the syntax tree, so that neither line length nor
comments count.  ``--beside`` prints another checkout's figures and the ratio.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

LONG = 400
"""Lines beyond which a module is named."""


@dataclass(frozen=True, slots=True)
class Count:
    """Of the package ``feedsvc`` in one checkout."""

    modules: int
    lines: int
    statements: int
    public: int
    """Modules, and classes and functions without an underscore."""
    documented: int
    """Those of ``public`` that have a docstring."""
    classes: int
    tables: int
    long: tuple[str, ...]
    names: Counter[tuple[str, bool]]
    """Those classes and functions by name and whether they have one."""


def count(checkout: Path) -> Count:
    """Raises ``SyntaxError`` for a module that Python cannot read."""
    modules = lines = statements = public = documented = classes = tables = 0
    long, names = [], Counter[tuple[str, bool]]()
    for path in sorted((checkout / "feedsvc").rglob("*.py")):
        text = path.read_text("utf-8")
        tree = ast.parse(text)
        size = text.count("\n")
        modules, lines = modules + 1, lines + size
        statements += sum(isinstance(node, ast.stmt) for node in ast.walk(tree))
        classes += sum(isinstance(node, ast.ClassDef) for node in ast.walk(tree))
        tables += len(re.findall(r"CREATE (?:VIRTUAL )?TABLE", text))
        for node in _public(tree):
            public += 1
            explained = ast.get_docstring(node) is not None
            documented += explained
            if not isinstance(node, ast.Module):
                names[node.name, explained] += 1
        if size > LONG:
            long.append(f"{path.relative_to(checkout)} ({size})")
    counts = modules, lines, statements, public, documented, classes, tables
    return Count(*counts, tuple(long), names)


def _public(
    node: ast.Module | ast.ClassDef,
) -> Iterator[ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    yield node
    for child in node.body:
        if not isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if child.name.startswith("_"):
            continue
        if isinstance(child, ast.ClassDef):
            yield from _public(child)
        else:
            yield child


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(
        prog="benchmarks.measure.statements", description=__doc__.partition("\n\n")[0]
    )
    options.add_argument("--beside", type=Path, help="another checkout, to be compared with")
    chosen = options.parse_args(arguments)
    ours = count(Path(__file__).parents[2])
    theirs = count(chosen.beside) if chosen.beside else None
    for name in ("modules", "lines", "statements", "public", "documented", "classes", "tables"):
        mine = getattr(ours, name)
        told = f"{name:12}{mine:>8,}"
        if theirs is not None:
            other = getattr(theirs, name)
            told += f"   beside {other:>8,}   {mine / other:.3f} x"
        print(told)
    if theirs is not None:
        bare = {name for name, said in ours.names - theirs.names if not said}
        lost = bare & {name for name, said in theirs.names - ours.names if said}
        print(f"public names that lost their docstring: {', '.join(sorted(lost)) or 'none'}")
    print(f"modules over {LONG} lines: {', '.join(ours.long) or 'none'}")


if __name__ == "__main__":
    main()
