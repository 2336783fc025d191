"""What holds for every test: no network beyond this machine, no settings from outside, and
the same verdict on a machine that is slow or busy."""

from __future__ import annotations

import gc
import ipaddress
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from feedsvc.parse import generic

_MEMORY = "/dev/shm"

_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex
_sendto = socket.socket.sendto
_getaddrinfo = socket.getaddrinfo

# How long one example takes is the machine's affair, and no test's verdict; nor is chance: the
# examples are the same in each run (others: --hypothesis-profile=default).
settings.register_profile(
    "any machine", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

_OUTSIDE = ("FEEDSVC_CONFIG", "DEALSITE_COOKIE")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "no_proxy")


def is_loopback(host: object) -> bool:
    """Whether a host is this machine, or the "any" address that servers bind to."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host is None or host in ("", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _check(host: object) -> None:
    if not is_loopback(host):
        pytest.fail(f"a test wanted to reach {host!r}; tests stay on loopback")


def _guarded_connect(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6):
        _check(address[0])
    return _connect(self, address)


def _guarded_connect_ex(self: socket.socket, address: Any) -> int:
    if self.family in (socket.AF_INET, socket.AF_INET6):
        _check(address[0])
    return _connect_ex(self, address)


def _guarded_sendto(self: socket.socket, *args: Any) -> int:
    if self.family in (socket.AF_INET, socket.AF_INET6):
        _check(args[-1][0])
    return _sendto(self, *args)


def _guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
    # RFC 6761, 6.4: names below .invalid are known to not exist, without asking anyone.
    if isinstance(host, str) and host.rstrip(".").endswith(".invalid"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    _check(host)
    return _getaddrinfo(host, *args, **kwargs)


def pytest_configure(config: pytest.Config) -> None:
    """Set up before anything is collected, so that imports are held to it too."""
    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", _guarded_connect)
    patch.setattr(socket.socket, "connect_ex", _guarded_connect_ex)
    patch.setattr(socket.socket, "sendto", _guarded_sendto)
    patch.setattr(socket, "getaddrinfo", _guarded_getaddrinfo)
    for name in list(os.environ):
        if name in _OUTSIDE or name.lower() in _PROXIES:
            patch.delenv(name)
    config.add_cleanup(patch.undo)
    os.umask(0o022)  # tests that become another user read what was made before


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by the marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a kind whose first test stands for all, the others are slow; of crossed parameters
    what differs from the first in one of them alone is as fast."""
    for item in items:
        mark = item.get_closest_marker("one_stands_for_all")
        if not mark or not isinstance(item, pytest.Function):
            continue
        if any(item.callspec.indices.values()) and not (
            mark.kwargs.get("crossed") and _differs_in(item) < 2
        ):
            item.add_marker(pytest.mark.slow)


def _differs_in(item: pytest.Function) -> int:
    """In how many of its parametrizations it has not the first values."""
    found = 0
    for mark in item.iter_markers("parametrize"):
        names, first = mark.args[0], next(iter(mark.args[1]))
        if not isinstance(names, str):
            names, first = names[0], first[0]
        found += item.callspec.params[names] is not first
    return found


@pytest.fixture
def memory_path() -> Iterator[Path]:
    """A folder that lies in memory where that has room and runs programs: for polls by the
    hundred, of which no test asks what a disk makes of them."""
    with TemporaryDirectory(
        prefix="feedsvc-test.", dir=_in_memory(), ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


def _in_memory() -> str | None:
    try:
        found = os.statvfs(_MEMORY)
    except OSError:
        return None
    room = found.f_bavail * found.f_frsize
    fit = room > 1_000_000_000 and not found.f_flag & os.ST_NOEXEC and os.access(_MEMORY, os.W_OK)
    return _MEMORY if fit else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What collecting thousands of tests makes stays: neither meanwhile nor later is it looked
    at for garbage, half a second each time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(autouse=True, scope="session")
def _without_fallback() -> Iterator[None]:
    """As feedsvc is without the extra ``fallback``, which tests of it switch on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generic, "installed", lambda: False)
        yield


@pytest.hookimpl(trylast=True)  # after what the test's fixtures do at their end
def pytest_runtest_teardown() -> None:
    """A command sets the level of the logs for its process; a test's ends with the test."""
    logger = logging.getLogger("feedsvc")
    if logger.level:  # setting it forgets what each logger knows
        logger.setLevel(logging.NOTSET)
