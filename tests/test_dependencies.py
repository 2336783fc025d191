"""What pyproject.toml asks for is what feedsvc imports, and the reverse."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from tests.sources import imports, modules

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))
EXTRAS = ("curl", "notify", "fallback", "s3")
"""What may be left out; ``dev`` and ``bench`` are not for who runs feedsvc."""

BY_NAME = {
    "httptools": "uvicorn's protocol that serve.connection extends imports it",
    "lxml-html-clean": "trafilatura imports it where lxml is without it",
    "tzdata": "zoneinfo reads it where the system has no time zones",
}
"""What others import for us, and why."""

CALLED = {"yaml": "pyyaml"}
"""Distributions that are not called as what is imported."""

COMES_WITH = {"pydantic-core": "pydantic"}
"""Each release of the second names one version of the first."""

PRIVATE = {
    "uvicorn": "serve.connection extends the protocol on httptools, which is not documented",
    "urllib3": "fetch.transport_requests overrides HTTPConnection._new_conn",
}
"""Of which we extend what may change with any release: they want an upper bound."""


def name_of(requirement: str) -> str:
    """The name of a distribution, normalised (PEP 503)."""
    found = re.match(r"[\w.-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def imported() -> set[str]:
    """The distributions that feedsvc imports, in functions too."""
    ours = {"feedsvc", "_typeshed", *sys.stdlib_module_names}
    names = {name.split(".")[0] for module in modules() for _, name in imports(module)} - ours
    return {name_of(CALLED.get(name, name)) for name in names}


REQUIRED = {name_of(one): one for one in PROJECT["project"]["dependencies"]}
OPTIONAL = {
    name_of(one) for extra in EXTRAS for one in PROJECT["project"]["optional-dependencies"][extra]
}


def test_every_dependency_is_imported() -> None:
    assert not (REQUIRED.keys() | OPTIONAL) - imported() - BY_NAME.keys()


def test_every_import_is_a_dependency() -> None:
    had = {COMES_WITH.get(one, one) for one in imported()}
    assert not had - REQUIRED.keys() - OPTIONAL


@pytest.mark.parametrize("name", PRIVATE)
def test_what_is_extended_inside_has_an_upper_bound(name: str) -> None:
    assert re.search(r">=[\d.]+,<[\d.]+$", REQUIRED[name])
