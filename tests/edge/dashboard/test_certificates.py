"""The certificates that are made for the page, as openssl and Python's TLS judge them."""

from __future__ import annotations

import ssl
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from facedoor.dashboard.certificates import MadeCertificate, fingerprint, make_server
from facedoor.errors import DashboardError
from facedoor.host_names import HostNames

HOST = HostNames(("door.lan", "localhost"), (ip_address("192.168.1.7"), ip_address("::1")))


class Calendar:
    """A clock that shows another day; TLS itself goes by the real one."""

    def __init__(self, days_ago: int = 0) -> None:
        self.now = datetime.now(UTC) - timedelta(days=days_ago)

    def __call__(self) -> datetime:
        return self.now


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def presented(made: MadeCertificate, name: str = "door.lan") -> x509.Certificate:
    """What a browser that trusts the CA alone is shown when it asks for ``name``."""
    client_context = ssl.create_default_context(cadata=pem(made.authority).decode())
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(to_client, to_server, server_hostname=name)
    server = made.context.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    der = client.getpeercert(binary_form=True)
    assert der is not None
    return x509.load_der_x509_certificate(der)


def judged(made: MadeCertificate, leaf: Path, name: str, folder: Path) -> str:
    (folder / "trusted.pem").write_bytes(pem(made.authority))
    asked = "-verify_ip" if name[0].isdigit() or ":" in name else "-verify_hostname"
    done = subprocess.run(
        [
            *("openssl", "verify", "-x509_strict", "-purpose", "sslserver"),
            *("-CAfile", folder / "trusted.pem", asked, name, leaf),
        ],
        capture_output=True,
        text=True,
    )
    return "OK" if done.returncode == 0 else done.stderr


def test_certificate_is_good_for_each_name_and_address_of_the_host(tmp_path: Path) -> None:
    made = MadeCertificate(tmp_path, HOST)
    for name in ("door.lan", "localhost", "192.168.1.7", "::1"):
        assert judged(made, tmp_path / "server.pem", name, tmp_path) == "OK"
        presented(made, name)
    assert "mismatch" in judged(made, tmp_path / "server.pem", "door.example", tmp_path)


@pytest.mark.parametrize("name", ["bank.example", "lan", "192.168.1.8", "fd00::7"])
def test_ca_vouches_for_nothing_else_even_for_whoever_has_its_key(
    tmp_path: Path, name: str
) -> None:
    made = MadeCertificate(tmp_path, HOST)
    stolen = serialization.load_pem_private_key((tmp_path / "ca.key").read_bytes(), None)
    assert isinstance(stolen, ec.EllipticCurvePrivateKey)
    is_address = name[0].isdigit() or ":" in name
    forged = make_server(
        ec.generate_private_key(ec.SECP256R1()),
        () if is_address else (name,),
        (ip_address(name),) if is_address else (),
        (made.authority, stolen),
        datetime.now(UTC),
    )
    path = tmp_path / "forged.pem"
    path.write_bytes(forged.public_bytes(serialization.Encoding.PEM))
    assert "permitted subtree violation" in judged(made, path, name, tmp_path)


def test_constraints_are_critical_and_the_lifetimes_those_that_devices_take(
    tmp_path: Path,
) -> None:
    made = MadeCertificate(tmp_path, HOST)
    limits = made.authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    assert [str(each.value) for each in limits.value.permitted_subtrees or ()] == [
        *("door.lan", "localhost", "192.168.1.7/32", "::1/128")
    ]
    basic = made.authority.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)
    leaf = presented(made)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=398)
    for certificate in (leaf, made.authority):
        purpose = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert list(purpose) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "certificates"
    MadeCertificate(folder, HOST)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "ca.key": 0o600,
        "ca.pem": 0o644,
        "server.pem": 0o600,
    }


def test_restart_changes_nothing(tmp_path: Path) -> None:
    MadeCertificate(tmp_path, HOST)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    MadeCertificate(tmp_path, HOST)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_certificate_renews_itself_before_it_ends_without_a_restart(tmp_path: Path) -> None:
    calendar = Calendar(days_ago=350)
    made = MadeCertificate(tmp_path, HOST, calendar)
    first = presented(made)
    calendar.now += timedelta(days=300)
    made.renew()
    assert presented(made) == first
    calendar.now += timedelta(days=50)
    made.renew()
    second = presented(made)
    assert second != first
    assert second.not_valid_after_utc > calendar.now + timedelta(days=390)
    assert fingerprint(made.authority) == fingerprint(MadeCertificate(tmp_path, HOST).authority)


def test_certificate_never_outlives_its_ca_and_another_ca_follows(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    calendar = Calendar()
    first = MadeCertificate(tmp_path, HOST, calendar).authority
    calendar.now = first.not_valid_after_utc - timedelta(days=100)
    MadeCertificate(tmp_path, HOST, calendar)
    leaf = x509.load_pem_x509_certificate((tmp_path / "server.pem").read_bytes())
    assert leaf.not_valid_after_utc == first.not_valid_after_utc
    calendar.now += timedelta(days=101)
    assert MadeCertificate(tmp_path, HOST, calendar).authority != first
    assert "has ended: a new one is made" in caplog.text


def test_ca_stays_when_only_the_address_of_the_machine_is_another(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = MadeCertificate(tmp_path, HOST)
    moved = HostNames(HOST.names, (ip_address("192.168.1.99"), ip_address("::1")))
    second = MadeCertificate(tmp_path, moved)
    assert second.authority == first.authority
    assert judged(second, tmp_path / "server.pem", "door.lan", tmp_path) == "OK"
    assert "not for 192.168.1.99, which this machine did not have" in caplog.text


def test_ca_is_made_anew_for_a_name_that_the_owner_asks_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = MadeCertificate(tmp_path, HOST)
    named = HostNames(("new.lan", *HOST.names), HOST.addresses, frozenset({"new.lan"}))
    second = MadeCertificate(tmp_path, named)
    assert second.authority != first.authority
    assert "does not allow new.lan: a new one is made" in caplog.text
    assert judged(second, tmp_path / "server.pem", "new.lan", tmp_path) == "OK"
    assert "fail" in judged(first, tmp_path / "server.pem", "new.lan", tmp_path)


@pytest.mark.parametrize("damage", [b"", b"-----BEGIN PRIVATE KEY-----\n", b"\xff" * 100])
def test_damaged_server_certificate_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    MadeCertificate(tmp_path, HOST)
    (tmp_path / "server.pem").write_bytes(damage)
    presented(MadeCertificate(tmp_path, HOST))


def test_damaged_ca_is_told_and_not_replaced(tmp_path: Path) -> None:
    MadeCertificate(tmp_path, HOST)
    good = (tmp_path / "ca.pem").read_bytes()
    (tmp_path / "ca.pem").write_bytes(b"garbage")
    with pytest.raises(DashboardError, match=r"ca\.pem is damaged"):
        MadeCertificate(tmp_path, HOST)
    (tmp_path / "ca.pem").write_bytes(good)
    (tmp_path / "server.pem").unlink()
    (tmp_path / "ca.key").write_bytes(b"garbage")
    with pytest.raises(DashboardError, match=r"ca\.key cannot be used .*device has to install"):
        MadeCertificate(tmp_path, HOST)


def test_page_is_served_without_the_cas_key_until_a_certificate_is_due(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    calendar = Calendar()
    MadeCertificate(tmp_path, HOST, calendar)
    (tmp_path / "ca.key").unlink()
    made = MadeCertificate(tmp_path, HOST, calendar)
    first = presented(made)
    calendar.now += timedelta(days=350)
    made.renew()
    assert presented(made) == first
    assert "cannot be renewed: the CA's key" in caplog.text


def test_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    MadeCertificate(tmp_path, HOST)
    (tmp_path / "server.pem").chmod(0o644)
    with pytest.raises(DashboardError, match="can be read by other users: run chmod 600"):
        MadeCertificate(tmp_path, HOST)


def test_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DashboardError, match=r"set \[dashboard\] directory"):
        MadeCertificate(tmp_path / "file" / "folder", HOST)
