"""The guard in conftest.py: loopback works, everything else fails the test."""

from __future__ import annotations

import os
import socket

import pytest

# 192.0.2.0/24 and 2001:db8::/32 are for documentation (RFC 5737, RFC 3849).


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "example.com"])
def test_connecting_elsewhere_fails_the_test(address: str) -> None:
    with socket.socket() as client, pytest.raises(pytest.fail.Exception, match="loopback"):
        client.connect((address, 80))
    with socket.socket() as client, pytest.raises(pytest.fail.Exception, match="loopback"):
        client.connect_ex((address, 80))


def test_datagrams_elsewhere_fail_the_test() -> None:
    with (
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as client,
        pytest.raises(pytest.fail.Exception, match="loopback"),
    ):
        client.sendto(b"x", ("2001:db8::1", 53))


def test_asking_for_a_name_fails_the_test() -> None:
    with pytest.raises(pytest.fail.Exception, match="loopback"):
        socket.getaddrinfo("dealsite.co.kr", 443)
    with pytest.raises(pytest.fail.Exception, match="loopback"):
        socket.create_connection(("dealsite.co.kr", 443))


def test_a_name_that_cannot_exist_is_not_found() -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("nosuch.invalid", 80)


def test_loopback_works() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("localhost", port), timeout=30) as client:
            accepted, _ = server.accept()
            with accepted:
                client.sendall(b"x")
                assert accepted.recv(1) == b"x"


def test_no_proxy_and_no_configuration_from_outside() -> None:
    assert not [name for name in os.environ if name.lower().endswith("_proxy")]
    assert "FEEDSVC_CONFIG" not in os.environ
