"""By which names and addresses this machine is reached."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest

from facedoor.config.options import DashboardConfig
from facedoor.dashboard.host_names import host_names, origin


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "FrontDoor")


def test_machine_is_reached_by_its_name_in_multicast_dns_and_by_its_addresses() -> None:
    known = host_names(DashboardConfig())
    assert known.names == ("frontdoor.local", "localhost")
    assert {ip_address("127.0.0.1"), ip_address("::1")} <= set(known.addresses)
    assert known.asked == frozenset()
    assert origin(DashboardConfig(port=443)) == "https://frontdoor.local"


def test_bare_name_is_left_out_since_it_can_be_everybodys_domain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "dev")
    assert "dev" not in host_names(DashboardConfig())
    assert "dev" in host_names(DashboardConfig(url="https://dev"))


@pytest.mark.parametrize("name", ["localhost", "über", "a_b", ""])
def test_name_that_no_certificate_can_have_is_left_out(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: name)
    assert host_names(DashboardConfig()).names == ("localhost",)
    assert origin(DashboardConfig()) == "https://localhost:8443"


def test_what_the_owner_names_comes_first() -> None:
    page = DashboardConfig(url="https://Door.LAN:8443/", listen="192.0.2.7")
    known = host_names(page)
    assert known.names[0] == "door.lan"
    assert known.addresses[0] == ip_address("192.0.2.7")
    assert known.asked == {"door.lan", ip_address("192.0.2.7")}
    assert origin(page) == "https://Door.LAN:8443"


def test_address_that_is_every_address_is_none() -> None:
    assert host_names(DashboardConfig(listen="::")).asked == frozenset()


def test_address_of_version_6_is_written_in_brackets() -> None:
    page = DashboardConfig(url="https://[fd00::1]:8443")
    assert ip_address("fd00::1") in host_names(page).addresses
    assert origin(DashboardConfig(listen="fd00::1")) == "https://[fd00::1]:8443"
