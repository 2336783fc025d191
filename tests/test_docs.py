"""The documentation names all that there is: keys, commands, and nothing else."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_origin

import pytest
from pydantic import BaseModel

from feedsvc.cli import COMMANDS
from feedsvc.config import TAKEN_NAMES, Config, SelectorsConfig, default_text
from feedsvc.parse import BUILT_IN, FIELDS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
CONFIGURATION = (ROOT / "docs/configuration.md").read_text("utf-8")
SELECTORS = CONFIGURATION.partition("## site.selectors")[2].partition("\n## ")[0]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGES.md", *sorted((ROOT / "docs").glob("*.md"))]


def keys(part: type[BaseModel] = Config, prefix: str = "") -> Iterator[str]:
    """Every key that holds a value, written as in the documentation."""
    for name, field in part.model_fields.items():
        parts = [
            kind
            for kind in (field.annotation, *get_args(field.annotation))
            if isinstance(kind, type) and issubclass(kind, BaseModel)
        ]
        if not parts:
            yield f"{prefix}{name}"
            continue
        if name == "selectors":
            yield f"{prefix}{name}"
            continue
        many = get_origin(field.annotation) is tuple
        if field.annotation not in parts and prefix:
            yield f"{prefix}{name}"
        yield from keys(parts[0], f"{prefix}{name}[]." if many else f"{prefix}{name}.")


KEYS = tuple(keys())


def test_the_keys_were_found() -> None:
    assert {"site.base_url", "sections[].code", "feeds.custom", "feeds.custom[].none"} <= set(KEYS)


def test_every_key_is_described() -> None:
    for key in KEYS:
        row = rf"^\| `{re.escape(key)}` \|(.*)\|(.*)\|(.*)\|$"
        rows = re.findall(row, CONFIGURATION, re.MULTILINE)
        assert len(rows) == 1, key
        assert all(cell.strip() for cell in rows[0]), key


def test_every_part_that_a_selector_may_name_is_described_with_its_selectors() -> None:
    """And the configuration takes the same names, for all layouts and for each."""
    rows = re.findall(r"^\| `([a-z_]+)` \| (.+) \| (.+) \| (.+) \|$", SELECTORS, re.MULTILINE)
    assert [name for name, *_ in rows] == list(FIELDS)
    assert all(what for _, what, *_ in rows)
    for place, layout in enumerate(BUILT_IN):
        for name, _, *cells in rows:
            described = tuple(re.findall(r"`([^`]+)`", cells[place]))
            assert described == getattr(layout, name), f"{layout.name}: {name}"
    assert [*SelectorsConfig.model_fields] == [*FIELDS, *(layout.name for layout in BUILT_IN)]


def test_no_key_is_described_that_is_not_there() -> None:
    described = re.findall(r"^\| `([a-z_0-9\[\].]+\.[a-z_0-9]+)` \|", CONFIGURATION, re.MULTILINE)
    assert sorted(described) == sorted(KEYS)


def test_every_key_stands_in_the_default_configuration() -> None:
    there = set(re.findall(r"^[ #-]*(\w+):", default_text(), re.MULTILINE))
    assert {key.rpartition(".")[2] for key in KEYS} <= there


def test_the_repository_has_the_configuration_that_init_writes() -> None:
    assert (ROOT / "config.yaml").read_text("utf-8") == default_text()


def test_taken_names_are_listed() -> None:
    assert ", ".join(TAKEN_NAMES) in CONFIGURATION


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"| `feedsvc {command}` |" in README


def test_no_command_is_in_the_readme_that_is_not_there() -> None:
    found = re.findall(r"(?:`|bin/)feedsvc ([a-z]+)\b|^feedsvc ([a-z]+) +#", README, re.MULTILINE)
    named = {first or second for first, second in found}
    assert len(named) > 3
    assert named <= set(COMMANDS)


def run_sh(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "run.sh", *arguments], capture_output=True, text=True, timeout=120, check=False
    )


def test_every_command_of_the_repository_is_in_the_readme_and_in_its_help() -> None:
    text = (ROOT / "run.sh").read_text("utf-8")
    commands = set(
        re.findall(
            r"^    ([a-z]+)(?: \| [^)]*)?\)", text.partition('case "$command"')[2], re.MULTILINE
        )
    )
    assert {"setup", "demo", "test", "lint", "types", "bench", "check"} <= commands
    shown = run_sh("help")
    assert shown.returncode == 0
    for command in commands - {"help"}:
        assert f"| `./run.sh {command}` |" in README
        assert re.search(rf"^  {command} ", shown.stdout, re.MULTILINE)


def test_an_unknown_command_of_the_repository_is_refused() -> None:
    refused = run_sh("tset")
    assert refused.returncode == 2
    assert "run.sh: no command is named 'tset'" in refused.stderr


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text("utf-8")):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (document.parent / target).exists(), target


def test_changes_begin_with_what_is_unreleased() -> None:
    changes = (ROOT / "CHANGES.md").read_text("utf-8")
    assert re.findall(r"^## (.*)$", changes, re.MULTILINE)[0] == "Unreleased"
