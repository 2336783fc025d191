"""Who may import whom, where each library lives, and who may read the clock:
checked by reading the sources, without importing them.

Faces: what a package offers to the others stands in its ``__all__``, names as well as whole
modules; what is not there, and what begins with an underscore, is its own affair.

No circles: no two modules import each other, be it by way of others, in a function or
for a type alone."""

from __future__ import annotations

import ast
from collections import Counter
from importlib import import_module

import pytest

from tests.sources import Module, circle, imported_modules, imports, modules

BASE = {
    *("model", "errors", "text", "encoding", "weburl", "site", "atomic", "config", "health"),
    *("recordjson", "revisions", "picture", "words", "regular", "digestentry", "moment"),
    "memory",
}
STAGES = {"fetch", "parse", "dedup", "archive", "feeds", "notify", "serve"}
MAY_IMPORT = {
    "": set(),
    **dict.fromkeys(BASE, BASE),
    "catalogue": BASE,
    **dict.fromkeys(STAGES, BASE),
    "archive": BASE | {"catalogue"},
    "feeds": BASE | {"catalogue"},
    "serve": BASE | {"archive", "catalogue", "feeds"},
    "demo": BASE,
    "relearn": BASE | {"parse"},
    "poll": BASE | STAGES - {"serve"} | {"relearn"},
    "schedule": BASE | STAGES | {"poll", "relearn"},
    "cli": BASE | STAGES | {"catalogue", "poll", "schedule", "demo", "relearn"},
    "__main__": {"cli"},
}
"""What each part of feedsvc may import besides itself and ``feedsvc/__init__.py``
(the version), which is ``""`` here.  A part that is not listed fails: a new one is
given its place on purpose."""

NOT_INSTALLED = {"tests", "benchmarks"}
"""What stands beside the package and does not come with it."""

HOMES: dict[str, str | tuple[str, ...]] = {
    "requests": "fetch.transport",
    "urllib3": "fetch.transport",
    "pycurl": "fetch.transport",
    "selectolax": "parse",
    "ada_url": "weburl",
    "trafilatura": "parse.generic",
    "feedgen": "feeds.xml",
    "obstore": "feeds.s3",
    "apprise": "notify.messenger",
    "warcio": "archive.warc",
    "apscheduler": "schedule",
    "yaml": ("config", "archive.learned"),
    "pydantic": "config",
    "pydantic_core": "config",
    "click": "cli",
    "uvicorn": "serve",
}
"""The home of each library: modules whose name (below ``feedsvc``) begins so."""

CLOCKS = {"cli", "schedule", "serve", "demo"}
"""Who may read the clock.  ``demo`` is a site of its own, with a site's own time."""

READS = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {
        *("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"),
        *("localtime", "gmtime", "ctime", "sleep"),
    },
}


CATCH_ALL = {
    "poll.guard": 1,  # a unit of work: a section, a page, an article, an image, a hub
    "schedule.daemon": 1,  # a whole poll
    "serve.server": 1,  # a thread, whose failure another one raises
    "cli": 1,  # a whole command
}
"""Where any exception is caught and not raised again, and how often: once a level."""


def layer_faults(module: Module, parts: set[str]) -> list[str]:
    faults = []
    if module.part not in MAY_IMPORT:
        return [f"{module.name}: no place in MAY_IMPORT"]
    for line, name in imports(module):
        top, _, below = name.partition(".")
        part = below.split(".")[0]
        if top in NOT_INSTALLED:
            faults.append(f"{module.name}:{line} imports {name}, which is not installed")
        if top != "feedsvc" or part not in parts or part == module.part:
            continue  # a name that is no part stands in feedsvc/__init__.py
        if part not in MAY_IMPORT[module.part]:
            faults.append(f"{module.name}:{line} imports {name}")
    return faults


def face_faults(module: Module, faces: dict[str, set[str]]) -> list[str]:
    """What is imported past the faces of other packages."""
    faults = []
    for line, name in imports(module):
        top, part, *below = f"{name}..".split(".")[:3]
        if top != "feedsvc" or part == module.part or part not in faces or not below[0]:
            continue
        if below[0] not in faces[part]:
            faults.append(f"{module.name}:{line} imports {name}, past the face of {part}")
    faults += [
        f"{module.name}:{line} imports {name}, which is private"
        for line, name in imports(module)
        if name.startswith("feedsvc.")
        and name.rpartition(".")[2].startswith("_")
        and not name.endswith("__")
    ]
    return faults


def home_faults(module: Module) -> list[str]:
    return [
        f"{module.name}:{line} imports {name}, which lives in {home}"
        for line, name in imports(module)
        for library, home in HOMES.items()
        if name.split(".")[0] == library and not module.name.startswith(home)
    ]


def clock_faults(module: Module) -> list[str]:
    if module.part in CLOCKS:
        return []
    faults = []
    for node in module.nodes:
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if node.attr in READS.get(name, ()):
                faults.append(f"{module.name}:{node.lineno} reads {name}.{node.attr}")
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            names = {alias.name for alias in node.names} & READS["time"]
            faults += [f"{module.name}:{node.lineno} imports time.{name}" for name in names]
    return faults


def catches_all(module: Module) -> int:
    """How many handlers catch every ``Exception`` and go on."""
    found = 0
    for node in module.nodes:
        if isinstance(node, ast.ExceptHandler):
            found += _is_broad(node.type) and not _only_cleans_up(node)
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            found += name == "suppress" and any(map(_is_broad, node.args))
    return found


def _is_broad(kind: ast.expr | None) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(
        one is None or getattr(one, "id", "") in ("Exception", "BaseException") for one in kinds
    )


def _only_cleans_up(handler: ast.ExceptHandler) -> bool:
    """Whether it ends by raising what it caught."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


MODULES = modules()
PARTS = {module.part for module in MODULES if module.part}
FACES = {module.name: module.face for module in MODULES if module.is_package and module.name}


def test_every_module_keeps_the_rules() -> None:
    faults = []
    for module in MODULES:
        faults += layer_faults(module, PARTS) + face_faults(module, FACES)
        faults += home_faults(module) + clock_faults(module)
    assert not faults, "\n".join(faults)


def test_no_modules_import_in_a_circle() -> None:
    assert not circle(imported_modules(MODULES))


@pytest.mark.parametrize(
    ("first", "second", "round_"),
    [
        ("from feedsvc.b import g", "from feedsvc.a import f", True),
        ("from feedsvc import b", "def f():\n    import feedsvc.a", True),
        ("if TYPE_CHECKING:\n    from feedsvc.b import B", "from . import a", True),
        ("from feedsvc.b import g", "from feedsvc.c import h", False),
    ],
)
def test_a_circle_is_seen(first: str, second: str, round_: bool) -> None:
    sources = {"a": first, "b": second, "c": "import re"}
    found = circle(imported_modules([Module(n, ast.parse(s)) for n, s in sources.items()]))
    assert set(found) == ({"a", "b"} if round_ else set())


def test_one_name_is_one_class() -> None:
    """But for those that no other module sees."""
    classes = [
        node.name
        for module in MODULES
        for node in module.tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert [name for name, count in Counter(classes).items() if count > 1] == []


def test_the_sources_were_found() -> None:
    assert {"model", "config.load", "fetch.transport"} <= {module.name for module in MODULES}
    assert MAY_IMPORT.keys() == {module.part for module in MODULES}


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("model", "from feedsvc import fetch"),
        ("model", "import feedsvc.archive.journal"),
        ("parse.article", "from feedsvc.fetch.robots import allowed"),
        ("parse.article", "from ..fetch import robots"),
        ("parse.article", "from .. import fetch"),
        ("feeds", "def f():\n    from feedsvc import archive"),
        ("poll", "from feedsvc.cli import main"),
        ("serve", "import feedsvc.poll"),
        ("demo.site", "def f():\n    from tests.standin import StandIn"),
        ("helpers", "import re"),
    ],
)
def test_a_forbidden_import_is_seen(name: str, source: str) -> None:
    parts = set(MAY_IMPORT) - {""}
    assert layer_faults(Module(name, ast.parse(source)), parts)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("parse.article", "from feedsvc import __version__, text"),
        ("parse.article", "from .dates import read\nfrom . import sanitize"),
        ("serve.reading", "from feedsvc.archive import Archive"),
        ("cli.poll", "from feedsvc import poll, demo"),
    ],
)
def test_an_allowed_import_passes(name: str, source: str) -> None:
    parts = set(MAY_IMPORT) - {""}
    assert not layer_faults(Module(name, ast.parse(source)), parts)


@pytest.mark.parametrize(
    ("source", "fine"),
    [
        ("from feedsvc.parse import article, layout", True),
        ("from feedsvc.parse.layout import Layout", True),
        ("from feedsvc import parse", True),
        ("import feedsvc.parse.layout", True),
        ("from feedsvc.parse import body", False),
        ("def f():\n    from feedsvc.parse.body import Body", False),
        ("import feedsvc.parse.body", False),
        ("from feedsvc.parse.layout import _words", False),
        ("from feedsvc.poll.read import ArticleReader, _kept", False),
        ("from feedsvc.text import _fold", False),
    ],
)
def test_an_import_past_a_face_is_seen(source: str, fine: bool) -> None:
    faces = {"parse": {"article", "layout"}, "poll": set()}
    faults = face_faults(Module("poll.poll", ast.parse(source)), faces)
    assert (not faults) is fine


def test_each_name_of_a_face_is_there() -> None:
    for package in (one for one in MODULES if one.is_package and one.face):
        found = import_module(f"feedsvc.{package.name}".rstrip("."))
        modules = {one.name.rpartition(".")[2] for one in MODULES if one.part == package.name}
        assert not [name for name in package.face - modules if not hasattr(found, name)]


def test_a_library_outside_its_home_is_seen() -> None:
    tree = ast.parse("def f():\n    import requests.adapters")
    assert home_faults(Module("poll", tree))
    assert not home_faults(Module("fetch.transport_requests", tree))


@pytest.mark.parametrize(
    "source",
    [
        "x = datetime.now(KST)",
        "x = datetime.datetime.utcnow()",
        "clock = time.monotonic",
        "from time import sleep",
        "x = date.today()",
    ],
)
def test_a_read_clock_is_seen(source: str) -> None:
    assert clock_faults(Module("poll.poll", ast.parse(source)))
    assert not clock_faults(Module("cli.poll", ast.parse(source)))


def test_any_exception_is_caught_in_one_place_a_level() -> None:
    """Units of work go through ``poll.guard.attempt``; foreign errors become ours where
    they are known."""
    found = {module.name: catches_all(module) for module in MODULES}
    assert {name: count for name, count in found.items() if count} == CATCH_ALL


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("try: f()\nexcept Exception: pass", 1),
        ("try: f()\nexcept: pass", 1),
        ("try: f()\nexcept (OSError, BaseException) as error: log(error)", 1),
        ("with contextlib.suppress(Exception): f()", 1),
        ("try: f()\nexcept BaseException:\n    g()\n    raise", 0),
        ("try: f()\nexcept ValueError: pass", 0),
    ],
)
def test_a_handler_of_everything_is_seen(source: str, count: int) -> None:
    assert catches_all(Module("poll.poll", ast.parse(source))) == count
