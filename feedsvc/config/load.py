"""From a file to a :class:`Config`, or to the one line that says why not.

In: a path and the environment.  Out: a ``Config``, or a ``ConfigError`` that
names file, line, key, what was wanted and the nearest valid key.  A secret's
value stands in no message.
"""

import os
import stat
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from feedsvc.config.across import across, advice, misread
from feedsvc.config.parts import Config, Part
from feedsvc.config.source import ConfigPlace, ConfigSource, Key, Mistake, read
from feedsvc.config.values import WANTED_DURATION, spell_size
from feedsvc.errors import ConfigError

LARGEST = 1_000_000
"""Bytes of a configuration."""

SHOWN = 100
"""Errors that are told; who has more begins with these."""

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_SECRET: tuple[Key, ...] = (
    ("http", "cookie"),
    ("server", "tokens"),
    ("feeds", "s3"),
    ("notify", "to"),
    ("notify", "run"),
)
_REASONS: dict[type[Exception], str] = {
    FileNotFoundError: "no such file",
    PermissionError: "may not be read",
}
_UNKNOWN = "extra_forbidden"
_TAKEN_FOR = {"int": "a number", "float": "a number", "bool": "a switch", "timestamp": "a date"}
_SAID = {
    "missing": "is missing",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}
_WANTED = {
    "string_type": "wanted text",
    "int_type": "wanted a whole number",
    "bool_type": "wanted true or false",
    "tuple_type": "wanted a list",
    "dict_type": "wanted a mapping of keys to values",
    "model_type": "wanted a mapping of keys to values",
    "path_type": "wanted a folder's path",
    "is_instance_of": "wanted a folder's path",
}


def find(option: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """The configuration's path: ``--config``, else ``$FEEDSVC_CONFIG``, else
    ``config.yaml`` in the working folder.  Whether it exists is not asked."""
    return named(option, environ) or Path("config.yaml")


def named(option: Path | None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The path that ``--config`` or ``$FEEDSVC_CONFIG`` names, if one does."""
    given = environ.get("FEEDSVC_CONFIG")
    return option or (Path(given) if given else None)


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration in a file, with ``${NAME}`` taken from ``environ``
    (default: the process's).  Raises ``ConfigError``."""
    source = read(_text(path), environ, _names)
    if not source.faults and source.value is None:
        raise ConfigError("is empty", about=str(path), advice="`feedsvc init` writes one elsewhere")
    if not source.faults and not isinstance(source.value, dict):
        source.faults.append(Mistake(1, (), "wanted keys such as site: and sections:"))
    config = None
    if isinstance(source.value, dict):
        source.add(across(source))
        try:
            config = Config.model_validate(source.value, context={"file": path})
        except ValidationError as error:
            source.add(_refused(source, error))
        source.add(misread(source))
    if config is not None:
        config = _absolute(config, path)
        source.add(_nested(source, config))
    if config is None or source.faults:
        raise _error(path, source.faults)
    return config


def refused(path: Path, key: Key, message: str) -> ConfigError:
    """The error for a value that only another package can judge, with its line."""
    return _error(path, [read(_text(path), os.environ, _names).mistake(key, message)])


def advise(path: Path, config: Config) -> tuple[str, ...]:
    """A line for each thing that is allowed and probably not meant, with its place in
    the file that the configuration was read from."""
    source = read(_text(path), os.environ, _names)
    return tuple(
        f"{path}:{source.line(key)}: {_spelt(key)}: {said}" for key, said in advice(config)
    )


def _text(path: Path) -> str:
    advice = "`feedsvc init` writes one, --config or $FEEDSVC_CONFIG names another"
    try:
        kind = path.stat().st_mode
        # A shell's <(…) is a pipe with somebody at its other end.
        piped = stat.S_ISFIFO(kind) and str(path).startswith(("/dev/fd/", "/dev/stdin", "/proc/"))
        if not stat.S_ISREG(kind) and not piped:
            what = _KINDS.get(stat.S_IFMT(kind), "no file")
            raise ConfigError(f"is {what}, and no file to read", about=str(path), advice=advice)
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, PermissionError):
            advice = "give the user who runs feedsvc the right to it, or name another with --config"
        reason = _REASONS.get(type(error)) or getattr(error, "strerror", None) or "cannot be read"
        raise ConfigError(reason.lower(), about=str(path), advice=advice) from None
    if len(data) > LARGEST:
        raise ConfigError(
            f"is larger than {spell_size(LARGEST)}: that is no configuration",
            about=str(path),
            advice=advice,
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            "not UTF-8", about=f"{path}:{line}", advice="save the file as UTF-8"
        ) from None


def _absolute(config: Config, path: Path) -> Config:
    base = path.absolute().parent
    parts: dict[str, object] = {
        # Not Path.resolve(): a link to another disk is to stay a link.
        name: part.model_copy(update={"path": Path(os.path.normpath(base / part.path))})
        for name, part in (("archive", config.archive), ("feeds", config.feeds))
    }
    parts["notify"] = tuple(one.run_in(base) for one in config.notify)
    made = config.model_copy(update=parts)
    made._file = path
    return made


def _nested(source: ConfigSource, config: Config) -> Iterator[Mistake]:
    """A web server that serves the feeds must not serve the archive with them,
    and ``archive verify`` takes a feed for an alien file."""
    archive, feeds = config.archive.path, config.feeds.path
    if archive.is_relative_to(feeds) or feeds.is_relative_to(archive):
        yield source.mistake(
            ("feeds", "path") if ("feeds", "path") in source.places else ("archive", "path"),
            "archive.path and feeds.path must not be one folder, nor one inside the other",
        )


def _refused(source: ConfigSource, error: ValidationError) -> Iterator[Mistake]:
    details = error.errors(include_url=False, include_input=False)
    meant = {
        (*key[:-1], _nearest(key)) for key in (d["loc"] for d in details if d["type"] == _UNKNOWN)
    }
    for detail in details:
        key: Key = detail["loc"]
        # A misspelt key is one mistake, told where it stands.
        if detail["type"] != "missing" or key not in meant:
            yield source.mistake(key, _message(source, key, detail))


def _message(source: ConfigSource, key: Key, detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == _UNKNOWN:
        return _unknown(key)
    if kind in _SAID:
        return _SAID[kind].format(**context)
    place = source.places.get(key, ConfigPlace(1, "", ""))
    names = tuple(name for name in key if isinstance(name, str))
    secret = any(names[: len(way)] == way for way in _SECRET)
    # Text in the place of a part that holds a secret is perhaps that secret.
    secret |= place.kind == "str" and any(names == way[: len(names)] for way in _SECRET)
    if kind == "string_type" and place.kind in _TAKEN_FOR:
        shown = "" if secret else f' ("{place.written}")'
        return f"wanted text, but this is {_TAKEN_FOR[place.kind]} to YAML: quote it{shown}"
    if kind == "value_error":
        wanted = str(context["error"])
    elif kind == "literal_error":
        wanted = "wanted " + str(context["expected"]).replace("'", "")
    else:
        wanted = _WANTED.get(kind, detail["msg"])
    if not wanted.startswith("wanted") or not place.written or secret or "@" in place.written:
        return wanted
    written = " ".join(place.written.split())
    shown = written if len(written) <= 60 else f"{written[:59]}…"
    hint = place.kind == "int" and written.isdecimal() and wanted.startswith(WANTED_DURATION)
    unit = "m" if names[-1:] == ("every",) else "s"  # at least a minute
    return f"{wanted}, not '{shown}'" + (f"; did you mean '{shown}{unit}'?" if hint else "")


def _unknown(key: Key) -> str:
    from difflib import get_close_matches

    name, valid = str(key[-1]), tuple(_names(key[:-1]) or ())
    if near := _nearest(key):
        return f"unknown key; did you mean '{near}'?"
    elsewhere = {
        below: f"{top}.{below}"
        for top in Config.model_fields
        for below in _part((top,)).model_fields
        if top not in ("sections", "notify")
    }
    # Another part's key must be all but the same: 's3' beside 'site' is what 'xyz' is not.
    if far := get_close_matches(name.lower(), elsewhere, 1, 0.8):
        return f"unknown key; did you mean '{elsewhere[far[0]]}'?"
    nearest = get_close_matches(name.lower(), valid, 1, 0.0)[0]
    return f"unknown key; the nearest is '{nearest}', of {', '.join(valid)}"


def _nearest(key: Key) -> str:
    """The valid key beside an unknown one that is probably meant, or nothing."""
    from difflib import get_close_matches

    near = get_close_matches(str(key[-1]).lower(), _names(key[:-1]) or (), 1)
    return near[0] if near else ""


def _names(key: Key) -> Collection[str] | None:
    """The keys that the mapping at ``key`` may have; ``None`` where any will do."""
    try:
        return _part(key).model_fields
    except (KeyError, StopIteration):
        return None


def _part(key: Key) -> type[Part]:
    """The part that holds the keys below ``key``."""
    part: type[Part] = Config
    for name in key:
        if isinstance(name, str):
            kind = part.model_fields[name].annotation
            part = next(
                one
                for one in (kind, *get_args(kind))
                if isinstance(one, type) and issubclass(one, Part)
            )
    return part


def _error(path: Path, faults: list[Mistake]) -> ConfigError:
    first, *others = sorted(faults, key=lambda fault: fault.line)
    lines = [f"{path}:{one.line}: {_told(one)}" for one in others]
    if len(lines) > SHOWN:
        lines[SHOWN:] = [f"{path}: and {len(lines) - SHOWN} more"]
    return ConfigError(_told(first), about=f"{path}:{first.line}", others=tuple(lines))


def _told(fault: Mistake) -> str:
    """The key and what is wrong with it, on one line."""
    key = f"{_spelt(fault.key)}: " if fault.key else ""
    return " ".join(f"{key}{fault.message}".split())


def _spelt(key: Key) -> str:
    """``sections[0].name``; an address in a key's place is not spelt."""
    names = (
        f"[{name}]" if isinstance(name, int) else ".…" if "://" in name else f".{name}"
        for name in key
    )
    return "".join(names).removeprefix(".")
