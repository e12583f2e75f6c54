"""What the page is served with, or the sentence that says why it cannot be."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from facedoor.config.options import DashboardConfig
from facedoor.dashboard import hosting
from facedoor.dashboard.hosting import listening_sockets, open_hosting, plain_address
from facedoor.errors import DashboardError


@pytest.fixture(autouse=True)
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "index.html").touch()
    monkeypatch.setattr(hosting, "STATIC", folder)
    return folder


def test_page_is_served_with_a_certificate_of_its_own_making(tmp_path: Path) -> None:
    page = DashboardConfig(url="https://door.lan", directory=str(tmp_path / "state"))
    opened = open_hosting(page)
    assert (opened.origin, opened.folder) == ("https://door.lan", tmp_path / "state")
    assert opened.fingerprint is not None
    assert opened.fingerprint == open_hosting(page).fingerprint
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_page_that_was_not_bundled_is_told(bundle: Path, tmp_path: Path) -> None:
    (bundle / "index.html").unlink()
    with pytest.raises(DashboardError, match=r"in a clone, make it with: make edge/.*index\.html"):
        open_hosting(DashboardConfig(directory=str(tmp_path / "state")))


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DashboardError, match=r"cannot be made .* set \[dashboard\] directory"):
        open_hosting(DashboardConfig(directory=str(tmp_path / "file" / "state")))


def test_both_versions_of_ip_are_served_and_plain_http_only_where_it_is_asked_for() -> None:
    free = free_port()
    secure, plain = listening_sockets(DashboardConfig(port=free))
    assert plain == []
    for host in ("127.0.0.1", "::1"):
        socket.create_connection((host, free), timeout=5).close()
    close(secure)
    secure, plain = listening_sockets(
        DashboardConfig(port=free, http_port=free_port(), listen="127.0.0.1")
    )
    for each in (*secure, *plain):
        assert each.getsockname()[0] == "127.0.0.1"
    close([*secure, *plain])


@pytest.mark.parametrize("option", ["port", "http_port"])
def test_port_that_is_taken_is_told(option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        ports = {"port": free_port(), "http_port": free_port(), option: taken}
        page = DashboardConfig(listen="127.0.0.1", **ports)
        says = rf"127\.0\.0\.1, port {taken} \(.*\): choose another \[dashboard\] {option}"
        with pytest.raises(DashboardError, match=says):
            listening_sockets(page)
        if option == "http_port":  # and the other is free again
            socket.create_server(("127.0.0.1", page.port)).close()


def test_address_of_another_machine_is_told() -> None:
    with pytest.raises(DashboardError, match=r"set \[dashboard\] listen to an address of this"):
        listening_sockets(DashboardConfig(listen="192.0.2.77", port=free_port()))


def test_port_of_roots_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> socket.socket:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(socket, "create_server", refused)
    with pytest.raises(DashboardError, match=r"below 1024 are root's: choose another \[dashboard"):
        listening_sockets(DashboardConfig(port=443))


def test_plain_http_has_the_pages_name() -> None:
    assert plain_address(DashboardConfig(), "https://door.lan") is None
    assert plain_address(DashboardConfig(http_port=80), "https://door.lan:8443") == (
        "http://door.lan"
    )
    assert plain_address(DashboardConfig(http_port=8080), "https://[fd00::1]") == (
        "http://[fd00::1]:8080"
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def close(sockets: list[socket.socket]) -> None:
    for each in sockets:
        each.close()
