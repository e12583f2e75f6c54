"""A certificate of the owner's own: taken, or refused with a sentence that says why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from facedoor.config.options import DashboardConfig
from facedoor.dashboard.certificates import make_authority, make_server
from facedoor.dashboard.own_certificate import OwnCertificate
from facedoor.errors import DashboardError
from facedoor.host_names import HostNames

ALLOWED = HostNames(("door.example", "doors.example"), (ip_address("192.0.2.7"),))


def issue(folder: Path, made_days_ago: int = 0) -> DashboardConfig:
    """A certificate and its key, as a CA would give them."""
    issuer_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    now = datetime.now(UTC) - timedelta(days=made_days_ago)
    issuer = make_authority(issuer_key, ALLOWED, now)
    names = ("door.example", "*.doors.example")
    leaf = make_server(key, names, ALLOWED.addresses, (issuer, issuer_key), now)
    chain = [each.public_bytes(serialization.Encoding.PEM) for each in (leaf, issuer)]
    (folder / "own.pem").write_bytes(b"".join(chain))
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "own.key").write_bytes(private)
    (folder / "own.key").chmod(0o600)
    return DashboardConfig(certificate=str(folder / "own.pem"), private_key=str(folder / "own.key"))


@pytest.mark.parametrize("host", ["door.example", "front.doors.example", "192.0.2.7"])
def test_certificate_for_the_host_is_served(tmp_path: Path, host: str) -> None:
    assert OwnCertificate(issue(tmp_path), host).context.cert_store_stats() is not None


@pytest.mark.parametrize("host", ["door.example.org", "doors.example", "a.b.doors.example", "::1"])
def test_certificate_for_another_host_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(DashboardError, match=r"and not for .*: set \[dashboard\] url to a name"):
        OwnCertificate(issue(tmp_path), host)


def test_certificate_that_has_ended_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DashboardError, match=r"is valid from .* renew it, or see to the clock"):
        OwnCertificate(issue(tmp_path, made_days_ago=400), "door.example")


def test_certificate_that_ends_soon_is_served_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    OwnCertificate(issue(tmp_path, made_days_ago=390), "door.example")
    assert "own.pem ends on " in caplog.text


def test_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    page = issue(tmp_path)
    certificate = Path(page.certificate).read_bytes()
    issue(tmp_path)
    Path(page.certificate).write_bytes(certificate)
    with pytest.raises(DashboardError, match="is not the key of the first certificate"):
        OwnCertificate(page, "door.example")


def test_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    page = issue(tmp_path)
    Path(page.private_key).chmod(0o644)
    with pytest.raises(DashboardError, match=r"private_key .* run chmod 600"):
        OwnCertificate(page, "door.example")


@pytest.mark.parametrize("name", ["own.pem", "own.key"])
def test_file_that_is_missing_or_something_else_is_named(tmp_path: Path, name: str) -> None:
    page = issue(tmp_path)
    (tmp_path / name).write_text("something else")
    with pytest.raises(DashboardError, match=rf"{name} is not what it has to be"):
        OwnCertificate(page, "door.example")
    (tmp_path / name).unlink()
    with pytest.raises(DashboardError, match=rf"cannot read .*{name}"):
        OwnCertificate(page, "door.example")


def test_key_can_be_a_credential_of_systemd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = issue(tmp_path)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "dashboard-key").write_bytes(Path(page.private_key).read_bytes())
    (tmp_path / "dashboard-key").chmod(0o440)  # as systemd's ACL looks
    OwnCertificate(DashboardConfig(certificate=page.certificate), "door.example")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(DashboardError, match="set private_key, or the credential dashboard-key"):
        OwnCertificate(DashboardConfig(certificate=page.certificate), "door.example")


def test_renewed_files_are_served_without_a_restart_and_wrong_ones_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = OwnCertificate(issue(tmp_path), "door.example")
    own.renew()
    assert caplog.text == ""
    (tmp_path / "own.pem").write_text("half a fi")
    own.renew()
    assert "goes on with its old certificate" in caplog.text
    caplog.clear()
    issue(tmp_path)
    own.renew()
    assert caplog.text == ""
