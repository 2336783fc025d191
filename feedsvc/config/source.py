"""A YAML file to plain values and the line of each.

In: the file's text and the environment.  Out: a :class:`ConfigSource`: mappings as
``dict``, lists as ``tuple``, ``${NAME}`` replaced, and where each value stood.
What the values may be is not its job.  What cannot be read as YAML at all is told with its
line, in words that say what to do, and without a secret's value.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import cast

import yaml

from feedsvc.config.values import FromEnvironment

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Key = tuple[str | int, ...]
"""The way to a value: names of keys, and places in lists counted from 0."""

Value = str | int | float | bool | bytes | date | None | tuple["Value", ...] | dict[str, "Value"]

DEEPEST = 30
"""Levels of mappings and lists in one another; a configuration has six."""

_ADVICE = {
    "expected ',' or '}'": "put ${NAME} inside braces in quotation marks",
    "'\\t'": "indent with spaces: YAML takes no tabs",
    "cannot start any token": "put text that begins with a special character in quotation marks",
    "mapping values are not allowed": "put text that holds a colon in quotation marks",
    "did not find expected": "look at the indentation here and above",
    "expected <block end>": "look at the indentation here and above",
    "tag handle": "put text that begins with ! in quotation marks",
    "alias": "put text that begins with * in quotation marks",
}
_CONTENT = re.compile(r"\s*[^\s#]")
_EMPTY = re.compile(r"( *(?:- +)?)([\w.-]+) *: +(\[ *\]|\{ *\}|null|~)\s*(?:#.*)?")
_INDENTED_BY_TAB = re.compile(r" *\t")

_TAG = "tag:yaml.org,2002:"
_SCALARS = frozenset({"str", "int", "float", "bool", "null", "timestamp", "value", "merge"})
REPEATED = 10_000
"""Values that aliases may stand for; a few lines of them can stand for millions."""

Names = Callable[[Key], Collection[str] | None]
"""The keys that a mapping may have, ``None`` where any will do."""

_REFERENCE = re.compile(r"\$\{([^}]*)\}?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_UNPRINTABLE = re.compile(
    "[^\x09\x0a\x0d\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong in the file: the line (from 1), the key, and what it is."""

    line: int
    key: Key
    message: str


@dataclass(frozen=True, slots=True)
class ConfigPlace:
    """Where a value stood: its line, its text as written, what YAML took it for
    (``str``, ``int``, ``null``, ``map`` …)."""

    line: int
    written: str
    kind: str


@dataclass(slots=True)
class ConfigSource:
    """A file's values, the place of each (``()`` is the whole), and what was wrong."""

    value: Value = None
    places: dict[Key, ConfigPlace] = field(default_factory=dict)
    faults: list[Mistake] = field(default_factory=list)

    def line(self, key: Key) -> int:
        """The line of a value, or of the nearest one around it that was written."""
        while key and key not in self.places:
            key = key[:-1]
        return self.places[key].line if key in self.places else 1

    def mistake(self, key: Key, message: str) -> Mistake:
        """A mistake where the value stood."""
        return Mistake(self.line(key), key, message)

    def add(self, faults: Iterable[Mistake]) -> None:
        """Takes faults in, but one a key: the first says what to mend."""
        known = {fault.key for fault in self.faults}
        self.faults += [fault for fault in faults if fault.key not in known]


def read(text: str, environ: Mapping[str, str], names: Names = lambda _: None) -> ConfigSource:
    """The values of a YAML text.  Nothing is raised: faults are listed.  What stands
    under a key that is none of ``names`` is not looked at."""
    source = ConfigSource()
    if bad := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, bad.start()) + 1
        source.faults.append(Mistake(line, (), f"control character U+{ord(bad[0]):04X}"))
        return source
    try:
        # Before anything is built from it: that is done in C, level in level, and ends
        # the process where there are too many.
        if deep := _too_deep(text):
            source.faults.append(Mistake(deep, (), "nested too deep"))
            return source
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            if root is not None:
                source.value = _Reading(source, loader, environ, names).value(root, (), 1)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        line, said = _told(error, text.splitlines(), names(()) or ())
        source.faults.append(Mistake(line, (), said))
    return source


@dataclass(slots=True)
class _Reading:
    """One pass over the nodes, with the anchors that are open on the way down."""

    source: ConfigSource
    loader: yaml.SafeLoader
    environ: Mapping[str, str]
    names: Names
    open: list[yaml.Node] = field(default_factory=list)
    seen: set[yaml.Node] = field(default_factory=set)
    repeated: int = 0

    def fault(self, line: int, key: Key, message: str) -> None:
        self.source.faults.append(Mistake(line, key, message))

    def value(self, node: yaml.Node, key: Key, line: int) -> Value:
        kind = node.tag.removeprefix(_TAG)
        written = node.value if isinstance(node, yaml.ScalarNode) else ""
        self.source.places[key] = ConfigPlace(line, written, kind)
        if node in self.open:
            self.fault(line, key, "holds itself")
            return None
        if node in self.seen:
            self.repeated += 1
            if self.repeated == REPEATED + 1:
                self.fault(
                    self.source.line(key[:1]),
                    key[:1],
                    f"its aliases (*name) stand for more than {REPEATED} values; write out what is "
                    "meant",
                )
            if self.repeated > REPEATED:
                return None
        self.seen.add(node)
        self.open.append(node)
        try:
            if isinstance(node, yaml.MappingNode) and kind == "map":
                return self.mapping(node, key)
            if isinstance(node, yaml.SequenceNode) and kind == "seq":
                return tuple(
                    self.value(item, (*key, place), item.start_mark.line + 1)
                    for place, item in enumerate(node.value)
                    if self.repeated <= REPEATED
                )
            if isinstance(node, yaml.ScalarNode) and kind in _SCALARS:
                return self.scalar(node, key, line, kind)
        finally:
            self.open.pop()
        self.fault(line, key, "YAML tags (!) are not understood here")
        return None

    def mapping(self, node: yaml.MappingNode, key: Key) -> dict[str, Value]:
        merged: dict[str, Value] = {}
        own: dict[str, Value] = {}
        names = self.names(tuple(name for name in key if name != "<<"))
        for name_node, value_node in node.value:
            line = name_node.start_mark.line + 1
            if self.repeated > REPEATED:
                break
            if not isinstance(name_node, yaml.ScalarNode):
                self.fault(line, key, "a key must be text")
            elif name_node.tag == f"{_TAG}merge":
                merged |= self.merge(value_node, key, line)
            elif name_node.value in own:
                first = self.source.line((*key, name_node.value))
                self.fault(line, (*key, name_node.value), f"given twice, first in line {first}")
            elif names is not None and name_node.value not in names:
                own[name_node.value] = None
                self.source.places[*key, name_node.value] = ConfigPlace(line, "", "unknown")
            else:
                name = name_node.value
                own[name] = self.value(value_node, (*key, name), line)
        return merged | own

    def merge(self, node: yaml.Node, key: Key, line: int) -> dict[str, Value]:
        """What ``<<: *anchor`` or ``<<: [*one, *other]`` brings: of two that bring the
        same the earlier wins, and keys written out win over both."""
        below = (*key, "<<")
        brought: dict[str, Value] = {}
        for part in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            value = self.value(part, below, line)
            if not isinstance(value, dict):
                self.fault(line, below, "wanted an alias of a mapping, such as *name")
                continue
            for name in value:
                if place := self.source.places.get((*below, name)):
                    self.source.places.setdefault((*key, name), place)
            brought = value | brought
        return brought

    def scalar(self, node: yaml.ScalarNode, key: Key, line: int, kind: str) -> Value:
        if kind in ("str", "value", "merge"):  # = and << are text where no key stands
            return self.replaced(node.value, key, line)
        try:
            return cast(Value, self.loader.construct_object(node))
        except ValueError:  # 2024-99-99 looks like a date to YAML and is none
            return cast(str, node.value)

    def replaced(self, written: str, key: Key, line: int) -> str:
        if "${" not in written:
            return written

        def from_environment(match: re.Match[str]) -> str:
            name = match[1]
            if not match[0].endswith("}") or not _VARIABLE.fullmatch(name):
                self.fault(line, key, "${ must be followed by a variable's name and }")
            elif name not in self.environ:
                self.fault(
                    line,
                    key,
                    f"environment variable {name} is not set; set it (export {name}=…, or where "
                    "the service gets its environment) or take ${"
                    f"{name}}} out",
                )
            else:
                return self.environ[name]
            return match[0]

        return FromEnvironment(_REFERENCE.sub(from_environment, written))


def _too_deep(text: str) -> int | None:
    """The line where mappings and lists are nested too deep, if they are.  Raises
    ``yaml.MarkedYAMLError``."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                return event.start_mark.line + 1 if event.start_mark else 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


def _told(error: yaml.MarkedYAMLError, lines: list[str], names: Collection[str]) -> tuple[int, str]:
    """The line of a syntax error, and what to tell of it; ``lines`` are the text's,
    ``names`` the keys that stand at the beginning of one."""
    mark = error.problem_mark or error.context_mark
    line = mark.line if mark else 0
    if said := _left_empty(lines, line, names):
        return line + 1, f"not valid YAML: {said}"
    # What an alias or tag is called may be part of a secret: the names stay out.
    problem = re.sub(r"((alias|tag)\b.*?)\s*['\"].*", r"\1", error.problem or "cannot be read")
    if "cannot start any token" in problem and _INDENTED_BY_TAB.match(_at(lines, line)):
        problem = "found character '\\t' that cannot start any token"
    message = f"not valid YAML: {problem}"
    context = error.context_mark
    if context is not None and mark is not None and context.line != mark.line:
        message += f" ({error.context}, begun in line {context.line + 1})"
    advice = next((advice for part, advice in _ADVICE.items() if part in message), "")
    return line + 1, f"{message}; {advice}" if advice else message


def _left_empty(lines: list[str], line: int, names: Collection[str]) -> str:
    """What is wrong where items or keys follow below ``custom: []`` or ``server: {}``."""
    below = _at(lines, line)
    before = next((one for one in range(line - 1, -1, -1) if _CONTENT.match(lines[one])), None)
    given = _EMPTY.fullmatch(lines[before]) if before is not None else None
    if before is None or given is None:
        return ""
    indent = len(below) - len(below.lstrip())
    item = below.lstrip().startswith("- ")
    if indent < len(given[1]) + (not item):
        return ""
    if (key := below.partition(":")[0].strip()) in names:
        return (
            f"'{key}' is indented like a part of '{given[2]}' in line {before + 1}; take the "
            "blanks before it away"
        )
    return (
        f"'{given[2]}' in line {before + 1} is {given[3]} already, so what stands below it "
        f"belongs to nothing; take the {given[3]} away"
    )


def _at(lines: list[str], line: int) -> str:
    return lines[line] if line < len(lines) else ""
