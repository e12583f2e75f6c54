"""The certificates of a broker and its doors: made, kept, renewed; the broker itself tries them."""

from __future__ import annotations

import shutil
import stat
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder
from cryptography.x509.verification import Store as Trusted

from facedoor.certificates import utc
from facedoor.errors import BusError, UsageError
from facedoor.host_names import HostNames
from facedoor.mqtt.broker_certificates import Certificate, make_certificates

HOSTS = HostNames(("broker.lan",), (ip_address("192.168.1.7"),))
IN_NINE_YEARS = timedelta(days=9 * 366)


def make(
    folder: Path, later: timedelta = timedelta(0), hosts: HostNames = HOSTS
) -> list[Certificate]:
    return make_certificates(folder, hosts, ["door-front"], lambda: utc() + later)


def done(made: list[Certificate]) -> dict[str, str]:
    return {each.name: each.done for each in made}


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "made"
    make(made)
    return made


@pytest.mark.parametrize("day", [datetime(1970, 1, 2, tzinfo=UTC), utc()])
def test_they_are_good_by_strict_rules_also_while_a_pi_takes_it_to_be_1970(
    folder: Path, day: datetime
) -> None:
    policy = PolicyBuilder().store(Trusted([read(folder / "ca.pem")])).time(day)
    server = policy.build_server_verifier(x509.DNSName("broker.lan"))
    chain = server.verify(read(folder / "broker.pem"), [])
    assert len(chain) == 2


def test_keys_are_for_their_owner_alone_and_certificates_for_everybody(folder: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {
        f"{name}.{kind}": mode
        for name in ("ca", "broker", "door-front")
        for kind, mode in (("pem", 0o644), ("key", 0o600))
    }


def test_door_is_its_user_and_no_server(folder: Path) -> None:
    door = read(folder / "door-front.pem")
    assert door.subject.rfc4514_string() == "CN=door-front"
    purposes = door.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [x509.ExtendedKeyUsageOID.CLIENT_AUTH]


def test_made_again_they_stay_as_they_are_also_without_the_cas_key(folder: Path) -> None:
    (folder / "ca.key").unlink()
    before = contents(folder)
    assert set(done(make(folder)).values()) == {"kept"}
    assert contents(folder) == before


def test_near_their_end_they_are_signed_anew_for_the_same_keys(folder: Path) -> None:
    before = contents(folder)
    (folder / "door-front.key").unlink()  # it has been moved to its door
    old = read(folder / "door-front.pem")
    made = make(folder, later=IN_NINE_YEARS)
    assert done(made) == {"ca": "kept", "broker": "renewed", "door-front": "renewed"}
    assert read(folder / "door-front.pem").public_key() == old.public_key()
    changed = {name for name, data in contents(folder).items() if data != before[name]}
    assert changed == {"broker.pem", "door-front.pem"}
    assert not (folder / "door-front.key").exists()


def test_renewed_ca_is_the_same_for_whoever_has_the_old_one(folder: Path) -> None:
    old, key = read(folder / "ca.pem"), (folder / "ca.key").read_bytes()
    made = make(folder, later=2 * IN_NINE_YEARS + timedelta(days=500))
    assert set(done(made).values()) == {"renewed"}
    assert (folder / "ca.key").read_bytes() == key
    for name in ("broker", "door-front"):
        read(folder / f"{name}.pem").verify_directly_issued_by(old)


def test_new_name_is_added_to_those_that_there_were(folder: Path) -> None:
    made = make(folder, hosts=HostNames(("new.lan",), ()))
    assert done(made)["broker"] == "renewed"
    assert made[1].names == ("new.lan", "broker.lan", "192.168.1.7")


def test_ca_whose_certificate_was_lost_is_the_one_that_it_was(folder: Path) -> None:
    (folder / "ca.pem").unlink()
    assert done(make(folder)) == {"ca": "made", "broker": "kept", "door-front": "kept"}


def test_what_does_not_belong_together_is_left_as_it_is(folder: Path, tmp_path: Path) -> None:
    make(tmp_path / "other")
    for name, says in (
        ("ca.key", "is not the key of"),
        ("broker.pem", "is not one of the CA"),
        ("broker.key", "is not the key of"),
    ):
        damaged = tmp_path / f"damaged-{name}"
        shutil.copytree(folder, damaged)
        shutil.copy(tmp_path / "other" / name, damaged)
        before = contents(damaged)
        with pytest.raises(BusError, match=says):
            make(damaged, later=IN_NINE_YEARS)
        assert contents(damaged) == before


def test_what_cannot_be_read_is_said_and_not_written_over(folder: Path) -> None:
    for name, says in (("ca.key", "no private key"), ("door-front.pem", "no certificate")):
        path = folder / name
        kept = path.read_bytes()
        path.write_text("gone")
        with pytest.raises(BusError, match=says):
            make(folder, later=IN_NINE_YEARS)
        path.write_bytes(kept)
    (folder / "ca.key").chmod(0o644)
    with pytest.raises(BusError, match="chmod 600"):
        make(folder, later=2 * IN_NINE_YEARS)
    (folder / "ca.key").unlink()
    with pytest.raises(BusError, match="bring it back"):
        make(folder, later=2 * IN_NINE_YEARS)


def test_clock_that_is_not_set_makes_none_that_would_be_over_today(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="timedatectl"):
        make(tmp_path / "new", later=datetime(1970, 1, 1, tzinfo=UTC) - utc())
    assert not (tmp_path / "new").exists()


def test_what_is_kept_has_its_own_key_and_is_what_it_is_called(folder: Path) -> None:
    """A key that was mixed up or is empty would be found out by a door that falls silent."""
    shutil.copy(folder / "broker.key", folder / "door-front.key")
    with pytest.raises(BusError, match=r"door-front.key is not the key of .*door-front.pem"):
        make(folder)
    (folder / "door-front.key").write_bytes(b"")
    with pytest.raises(BusError, match=r"door-front.key is no private key"):
        make(folder)
    shutil.copy(folder / "broker.key", folder / "door-front.key")
    shutil.copy(folder / "broker.pem", folder / "door-front.pem")
    assert done(make(folder))["door-front"] == "renewed"
    assert read(folder / "door-front.pem").subject.rfc4514_string() == "CN=door-front"
