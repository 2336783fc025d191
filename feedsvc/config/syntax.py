"""What cannot be read as YAML at all: where, and in words that say what to do.

In: a text, and the error that the parser raised over it.  Out: a line and a message.
A secret's value stands in no message.
"""

from __future__ import annotations

import re

import yaml

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


def too_deep(text: str, loader: type[yaml.SafeLoader]) -> int | None:
    """The line where mappings and lists are nested too deep, if they are.  Raises
    ``yaml.MarkedYAMLError``."""
    depth = 0
    for event in yaml.parse(text, loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                return event.start_mark.line + 1 if event.start_mark else 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


def told(error: yaml.MarkedYAMLError, lines: list[str]) -> tuple[int, str]:
    """The line of a syntax error, and what to tell of it; ``lines`` are the text's."""
    mark = error.problem_mark or error.context_mark
    line = mark.line if mark else 0
    if said := _left_empty(lines, line):
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


def _left_empty(lines: list[str], line: int) -> str:
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
    return (
        f"'{given[2]}' in line {before + 1} is {given[3]} already, so what stands below it "
        f"belongs to nothing; take the {given[3]} away"
    )


def _at(lines: list[str], line: int) -> str:
    return lines[line] if line < len(lines) else ""
