"""The page about the code names what is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.sources import PACKAGE, modules

PAGE = (Path(__file__).parent.parent / "docs/code.md").read_text("utf-8")
HOPS = re.findall(r"^\| \d+ \| \d* *\| (.*?) \| `([\w/]+\.py)` \| (.*?) \|$", PAGE, re.MULTILINE)


@cache
def parsed() -> dict[str, ast.Module]:
    """The modules by their paths below the package."""
    return {
        f"{one.name.replace('.', '/')}{'/__init__' * one.is_package}.py".lstrip("/"): one.tree
        for one in modules()
    }


@cache
def types_and_tables() -> set[str]:
    """The names of all classes, and of all tables of the databases."""
    sources = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    types = re.findall(r"^ *class (\w+)", sources, re.MULTILINE)
    return {*types, *re.findall(r"CREATE (?:VIRTUAL )?TABLE (\w+)", sources)}


def defined(path: str) -> dict[str, ast.FunctionDef]:
    """The functions and methods of a module, methods with their class."""
    found = {}
    for node in parsed()[path].body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        if isinstance(node, ast.ClassDef):
            methods = [one for one in node.body if isinstance(one, ast.FunctionDef)]
            found |= {f"{node.name}.{one.name}": one for one in methods}
    return found


def named(annotations: list[ast.expr | None]) -> set[str]:
    """The names in annotations."""
    return {
        one
        for annotation in annotations
        if annotation is not None
        for one in re.findall(r"\w+", ast.unparse(annotation))
    }


def test_the_hops_were_found() -> None:
    assert len(HOPS) == len(re.findall(r"^\| \d+ \|", PAGE, re.MULTILINE)) > 15


@pytest.mark.parametrize(("said", "path", "types"), HOPS, ids=[hop[1] for hop in HOPS])
def test_every_hop_is_there(said: str, path: str, types: str) -> None:
    function = re.match(r"`([\w.]+)`", said)
    assert function
    found = defined(path)[function[1]]
    for one in re.findall(r"`(\w+)`", types):
        assert one in types_and_tables(), one
    takes, gives = (re.findall(r"`([A-Z]\w+)`", part) for part in types.split("→"))
    assert {*takes} <= named([one.annotation for one in (*found.args.args, *found.args.kwonlyargs)])
    assert {*gives} <= named([found.returns])


@cache
def called_on_the_way() -> set[str]:
    """What the files that the hops name call, by its last name."""
    paths = {path for hop in HOPS for path in re.findall(r"`?([a-z]+/\w+\.py)`?", "|".join(hop))}
    nodes = [
        node for path in paths for node in ast.walk(ast.parse((PACKAGE / path).read_text("utf-8")))
    ]
    called = {
        one.func.id for one in nodes if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)
    }
    # A method may be handed to who calls it: ``partial(readings.reader.read, …)``.
    return called | {one.attr for one in nodes if isinstance(one, ast.Attribute)}


@pytest.mark.parametrize(("said", "path", "types"), HOPS[1:], ids=[hop[1] for hop in HOPS[1:]])
def test_every_hop_is_made_on_the_way(said: str, path: str, types: str) -> None:
    function = re.match(r"`(?:\w+\.)?(\w+)`", said)
    assert function
    assert function[1] in called_on_the_way()


def test_every_file_it_names_is_there() -> None:
    for path in re.findall(r"`(?:feedsvc/)?([a-z_]+(?:/\w+)*\.py)`", PAGE):
        assert (PACKAGE / path).is_file() or (PACKAGE.parent / path).is_file(), path


def test_the_files_with_sql_are_those_that_it_names() -> None:
    sql = re.compile(r"\s*(SELECT|INSERT|UPDATE \w+ SET|DELETE FROM|CREATE TABLE|PRAGMA) ")
    found = {
        path
        for path, tree in parsed().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and sql.match(node.value)
    }
    outside = {path for path in found if not path.startswith(("catalogue/", "memory/"))}
    sentence = re.search(r"All SQL of `\.state` stands in.*?\(([^)]*)\)", PAGE, re.DOTALL)
    assert sentence
    assert outside == {*re.findall(r"`(\S+\.py)`", sentence[1])}
