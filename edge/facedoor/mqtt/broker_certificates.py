"""The certificates of a broker and its doors: a CA for them alone, in a folder.

``ca.pem`` is for everybody, ``ca.key`` for whoever makes more of them; each other certificate is
``NAME.pem`` with its key ``NAME.key``: ``broker`` for all names of its machine, ``door-<door>`` for
the door, which is that user at the broker.

Doing it again is safe: no key is ever written over. A certificate that is near its end, or lacks a
name, is signed anew for the key that it had, which may have been moved to its door. The CA too
keeps its key, so what it has signed stays good, with the old ``ca.pem`` and the new one.

A Raspberry Pi without a battery clock may start in 1970, and so these certificates begin then. They
last for years: a door that nobody looks after would otherwise fall silent. The CA says nothing
about which names it may vouch for, since the broker may get new ones; only who talks to this broker
is to trust it, and no browser.
"""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from facedoor.certificates import (
    COMMON_NAME_CHARACTERS,
    FOR_CLIENTS,
    FOR_SERVERS,
    Key,
    PublicKey,
    authority,
    certificate,
    common_name,
    key_pem,
    names_of,
    new_key,
    pem,
    read_key,
    utc,
)
from facedoor.errors import BusError, UsageError
from facedoor.files import ExposedError, make_folder, write_file
from facedoor.host_names import Address, HostNames
from facedoor.languages import _
from facedoor.times import RELEASED_S

AUTHORITY_VALID = timedelta(days=7300)
VALID = timedelta(days=3650)
RENEWED_BEFORE = timedelta(days=365)
"""Whoever does it again within the last year gets new ones."""

BEGINS = datetime(1970, 1, 1, tzinfo=UTC)

BROKER = "broker"
_BROKERS_USER = "mosquitto"
"""Who has to read the broker's key; mosquitto stops being root before it does."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One of the folder, and what became of it: ``made``, ``renewed`` or ``kept``."""

    name: str
    done: str
    ends: datetime
    names: tuple[str, ...] = ()


def make_certificates(
    folder: Path, hosts: HostNames, users: Iterable[str], now: Callable[[], datetime] = utc
) -> list[Certificate]:
    """Make or renew the CA, the broker's certificate for ``hosts``, and one for each of ``users``.

    Raises :class:`UsageError` for a clock that is not set and a name that is too long,
    :class:`BusError` for files that cannot be used.
    """
    moment = now()
    if moment.timestamp() < RELEASED_S:
        raise UsageError(
            _(
                "this machine's clock shows {moment:%Y-%m-%d}, so the certificates would end "
                "too early: set it first, see timedatectl"
            ).format(moment=moment)
        )
    users = list(users)
    if long := [user for user in users if len(user) > COMMON_NAME_CHARACTERS]:
        raise UsageError(
            _(
                "the user {user} has more than the {most} characters that a "
                "certificate can name: give the door a shorter name"
            ).format(user=long[0], most=COMMON_NAME_CHARACTERS)
        )
    try:
        _make_folder(folder)
        office = _Office(folder, moment)
        made = [office.issue(BROKER, FOR_SERVERS, (*hosts.names, *hosts.addresses))]
        _let_the_broker_read(folder / f"{BROKER}.key")
        return [office.own, *made, *(office.issue(user, FOR_CLIENTS) for user in users)]
    except BusError:
        raise
    except OSError as error:
        raise BusError(
            _(
                "{filename} cannot be read or written ({strerror}): see whose it is, or run "
                "this with sudo"
            ).format(filename=error.filename or folder, strerror=error.strerror or error)
        ) from error


class _Office:
    """Signs what belongs into the folder, as of ``moment``.

    Every method raises :class:`BusError` for what is not as it should be, and ``OSError``.
    """

    def __init__(self, folder: Path, moment: datetime) -> None:
        """Takes the CA that is there, renewed if need be, or makes one."""
        self._folder = folder
        self._moment = moment
        self._path, self._key_path = folder / "ca.pem", folder / "ca.key"
        found = _read(self._path)
        done = "made" if found is None else "kept" if self._lasts(found) else "renewed"
        if found is None or done == "renewed":
            found = self._new_authority(found)
        self._signer = found
        self.own = Certificate("ca", done, found.not_valid_after_utc)

    def issue(
        self, stem: str, purpose: x509.ExtendedKeyUsage, names: Iterable[str | Address] = ()
    ) -> Certificate:
        """The certificate ``stem``, whose common name that is; names that it had it keeps."""
        path, key_path = self._folder / f"{stem}.pem", self._folder / f"{stem}.key"
        old = _read(path)
        had = names_of(old) if old is not None else []
        wanted = list(dict.fromkeys([*names, *had]))
        if old is not None:
            self._require_own(path, old)
            _public_key(key_path, path, old)  # which raises for one that is another's
            is_as_wanted = set(wanted) == set(had) and old.subject == common_name(stem)
            if is_as_wanted and self._lasts(old):
                return Certificate(stem, "kept", old.not_valid_after_utc, _shown(had))
        issuer = self._signer, self._authority_key(self._signer)
        public_key = _public_key(key_path, path, old)
        ends = self._moment + VALID
        new = certificate(public_key, common_name(stem), issuer, BEGINS, ends, purpose, wanted)
        write_file(path, pem(new), mode=0o644)
        done = "made" if old is None else "renewed"
        return Certificate(stem, done, new.not_valid_after_utc, _shown(wanted))

    def _lasts(self, old: x509.Certificate) -> bool:
        return self._moment < old.not_valid_after_utc - RENEWED_BEFORE

    def _new_authority(self, old: x509.Certificate | None) -> x509.Certificate:
        if old is None and not self._key_path.exists():
            write_file(self._key_path, key_pem(new_key()), replaces=False)
        key = self._authority_key(old)
        name = _authority_name(key) if old is None else old.subject
        new = authority(key, name, BEGINS, self._moment + AUTHORITY_VALID)
        write_file(self._path, pem(new), mode=0o644)
        return new

    def _authority_key(self, signer: x509.Certificate | None) -> Key:
        path = self._key_path
        if not path.exists():
            raise BusError(
                _(
                    "the CA's key {path} is not there, so nothing can be signed: bring it back "
                    "from where you keep it"
                ).format(path=path)
            )
        key = _key(path)
        if signer is not None and key.public_key() != signer.public_key():
            raise BusError(
                _("{path} is not the key of {certificate}: put back the one that is").format(
                    path=path, certificate=self._path
                )
            )
        return key

    def _require_own(self, path: Path, old: x509.Certificate) -> None:
        try:
            old.verify_directly_issued_by(self._signer)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise BusError(
                _(
                    "{path} is not one of the CA in {certificate}: it is left as it is; move it "
                    "away with its key, or choose another folder"
                ).format(path=path, certificate=self._path)
            ) from error


def _authority_name(key: Key) -> x509.Name:
    """The same for the same key, so that a CA whose certificate was lost is the one that it was."""
    known = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest
    return common_name(f"facedoor's broker {known.hex()[:8]}")


def _public_key(key_path: Path, path: Path, old: x509.Certificate | None) -> PublicKey:
    """That of the key in the folder, or, where it has been moved away, of its certificate."""
    known = None if old is None else old.public_key()
    if key_path.exists():
        public_key = _key(key_path).public_key()
        if known is not None and public_key != known:
            raise BusError(
                _(
                    "{key_path} is not the key of {path} beside it: put back the one that is, or "
                    "remove both, and new ones are made"
                ).format(key_path=key_path, path=path)
            )
        return public_key
    if isinstance(known, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        return known
    key = new_key()
    # The key first: a certificate whose key was lost would be of no use.
    write_file(key_path, key_pem(key), replaces=False)
    return key.public_key()


def _read(path: Path) -> x509.Certificate | None:
    if not path.exists():
        return None
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError as error:
        raise BusError(
            _(
                "{path} is no certificate in PEM form ({error}): put it back from a copy, or "
                "move it away"
            ).format(path=path, error=error)
        ) from error


def _key(path: Path) -> Key:
    try:
        return read_key(path)
    except ExposedError as error:
        raise BusError(
            _("{path} is a private key, and {strerror}").format(path=path, strerror=error.strerror)
        ) from error
    except ValueError as error:
        raise BusError(
            _(
                "{path} is no private key that can be used ({error}): put it back from a copy"
            ).format(path=path, error=error)
        ) from error


def _shown(names: Iterable[str | Address]) -> tuple[str, ...]:
    return tuple(map(str, names))


def _make_folder(folder: Path) -> None:
    """Of root's new folder everybody can read what is for everybody: keys are for their owners."""
    if not folder.is_dir():
        make_folder(folder)
        if os.geteuid() == 0 and folder.stat().st_uid == 0:
            folder.chmod(0o755)


def _let_the_broker_read(key: Path) -> None:
    """Give the broker's key to its user, where it is root's alone and there is such a user."""
    if os.geteuid() == 0 and key.parent.stat().st_uid == 0 and key.exists():
        status = key.lstat()
        if (status.st_uid, stat.S_IMODE(status.st_mode)) == (0, 0o600):
            with suppress(KeyError):
                user = pwd.getpwnam(_BROKERS_USER)
                os.chown(key, user.pw_uid, user.pw_gid, follow_symlinks=False)
