"""The certificates that are made for the page: a CA for this machine alone, and one to serve with.

The owner installs the CA on each device, so it must be worth nothing to anybody else: it is
name-constrained (RFC 5280, 4.2.1.10) to the names and addresses that this machine had when it was
made, and may vouch for servers only. Whoever steals its key can pass for this page, and for no
bank.

The server's certificate is renewed by itself, well before it ends. A new CA is made only if there
is none, if it has ended, or if it does not allow what ``[dashboard] url`` or ``listen`` names: each
device has to install it then.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from facedoor.certificates import (
    FOR_SERVERS,
    Key,
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
from facedoor.errors import DashboardError
from facedoor.files import make_folder, require_private, write_file
from facedoor.host_names import Address, HostNames
from facedoor.languages import _

AUTHORITY_VALID = timedelta(days=3650)
SERVER_VALID = timedelta(days=397)
"""Below the 398 days that browsers allow a public CA, and the 825 that Apple allows any."""

RENEWED_BEFORE = timedelta(days=60)
_BACKDATED = timedelta(days=1)
"""For devices whose clock is behind."""

log = logging.getLogger(__name__)


class MadeCertificate:
    """The server's certificate and its CA, in a folder of their own."""

    def __init__(self, folder: Path, names: HostNames, now: Callable[[], datetime] = utc) -> None:
        """Takes what is in ``folder``, and makes what is missing.

        Raises :class:`DashboardError` for a folder that cannot be used, and a damaged CA.
        """
        self._folder = folder
        self._names = names
        self._now = now
        self.context = server_context()
        try:
            make_folder(folder)
            self.authority = self._authority()
            self._tell_left_out()
            self._serve()
        except OSError as error:
            raise DashboardError(
                _(
                    "the certificates in {folder} cannot be read or written ({strerror}): see that "
                    "the folder is this user's, or set [dashboard] directory"
                ).format(folder=folder, strerror=error.strerror or error)
            ) from error

    def renew(self) -> None:
        """Renew the server's certificate if it is due; new connections get the new one.

        What fails is logged: the old one serves on.
        """
        try:
            self._serve()
        except (OSError, DashboardError) as error:
            log.warning("the page's certificate cannot be renewed: %s", error)

    def _authority(self) -> x509.Certificate:
        """The CA; a new one if it has to be."""
        path = self._folder / "ca.pem"
        if not path.exists():
            return self._new_authority()
        found = _read_authority(path)
        if found.not_valid_after_utc <= self._now():
            log.warning(
                "the CA in %s has ended: a new one is made, for each device to install", path
            )
            return self._new_authority()
        refused = sorted(str(name) for name in self._names.asked if not _allows(found, name))
        if refused:
            log.warning(
                "the CA in %s does not allow %s: a new one is made, for each device to install",
                path,
                ", ".join(refused),
            )
            return self._new_authority()
        return found

    def _new_authority(self) -> x509.Certificate:
        key = new_key()
        made = make_authority(key, self._names, self._now())
        # The key first: without a certificate it vouches for nothing, and is made anew.
        write_file(self._folder / "ca.key", key_pem(key))
        write_file(self._folder / "ca.pem", pem(made), mode=0o644)
        return made

    def _serve(self) -> None:
        """Serve with the certificate in the folder, or a new one if that is not as it should be."""
        path = self._folder / "server.pem"
        names, addresses = self._allowed()
        if not self._is_good(path, names, addresses):
            key = new_key()
            issuer = self._authority_key()
            made = make_server(key, names, addresses, (self.authority, issuer), self._now())
            # In one file, so that it never lies beside another's key.
            write_file(path, key_pem(key) + pem(made))
        self.context.load_cert_chain(path)

    def _allowed(self) -> tuple[tuple[str, ...], tuple[Address, ...]]:
        """What the CA may vouch for, of the names and addresses that this machine has now."""
        return (
            tuple(name for name in self._names.names if _allows(self.authority, name)),
            tuple(each for each in self._names.addresses if _allows(self.authority, each)),
        )

    def _tell_left_out(self) -> None:
        for name in (*self._names.names, *self._names.addresses):
            if not _allows(self.authority, name):
                log.warning(
                    "the page's certificate is not for %s, which this machine did not have when "
                    "its CA was made: give it a name or an address that stays, and set [dashboard] "
                    "url to that",
                    name,
                )

    def _is_good(self, path: Path, names: tuple[str, ...], addresses: tuple[Address, ...]) -> bool:
        if not path.exists():
            return False
        require_private(path)
        data = path.read_bytes()
        try:
            found = x509.load_pem_x509_certificate(data)
            key = serialization.load_pem_private_key(data, None)
            found.verify_directly_issued_by(self.authority)
        except Exception as error:  # whatever is wrong with it, a new one mends it
            log.info("the certificate in %s is made anew: %s", path, error)
            return False
        return (
            found.public_key() == key.public_key()
            and {*names, *addresses} == set(names_of(found))
            and self._now() < found.not_valid_after_utc - RENEWED_BEFORE
        )

    def _authority_key(self) -> Key:
        path = self._folder / "ca.key"
        try:
            key = read_key(path)
            if key.public_key() == self.authority.public_key():
                return key
            reason = _("it is not that of {folder}").format(folder=self._folder / "ca.pem")
        except ValueError as error:
            reason = str(error)
        except OSError as error:
            reason = error.strerror or str(error)
        raise DashboardError(
            _(
                "the CA's key {path} cannot be used ({reason}): put it back, or remove it and "
                "ca.pem beside it: then a new CA is made, which each device has to install"
            ).format(path=path, reason=reason)
        )


def make_authority(key: Key, names: HostNames, now: datetime) -> x509.Certificate:
    """A CA that can vouch for servers of these names and addresses, and for nothing else."""
    first = (*names.names, *map(str, names.addresses))[0]
    permitted: list[x509.GeneralName] = [x509.DNSName(name) for name in names.names]
    permitted += [x509.IPAddress(ip_network(address)) for address in names.addresses]
    return authority(
        key,
        common_name(f"facedoor on {first}, {now:%Y-%m-%d}"),
        now - _BACKDATED,
        now + AUTHORITY_VALID,
        (x509.NameConstraints(permitted, None), True),
        (FOR_SERVERS, False),
    )


def make_server(
    key: Key,
    names: Iterable[str],
    addresses: Iterable[Address],
    issuer: tuple[x509.Certificate, Key],
    now: datetime,
) -> x509.Certificate:
    """A certificate for a server of these names and addresses, which the CA signs."""
    return certificate(
        key.public_key(),
        common_name("page of facedoor"),
        issuer,
        now - _BACKDATED,
        now + SERVER_VALID - _BACKDATED,
        FOR_SERVERS,
        (*names, *addresses),
    )


def server_context() -> ssl.SSLContext:
    """TLS 1.2 and newer, without a certificate yet."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def fingerprint(certificate: x509.Certificate) -> str:
    """Its SHA-256, as browsers and phones show it: pairs of digits with colons."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _allows(authority: x509.Certificate, name: str | Address) -> bool:
    """Whether the CA's constraints let it vouch for ``name``."""
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    return any(_covers(permitted, name) for permitted in limits.permitted_subtrees or ())


def _covers(permitted: x509.GeneralName, name: str | Address) -> bool:
    if isinstance(name, str):
        domain = permitted.value if isinstance(permitted, x509.DNSName) else None
        return domain is not None and (name == domain or name.endswith(f".{domain}"))
    return isinstance(permitted, x509.IPAddress) and name in ip_network(str(permitted.value))


def _read_authority(path: Path) -> x509.Certificate:
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        found.extensions.get_extension_for_class(x509.NameConstraints)
    except (ValueError, x509.ExtensionNotFound) as error:
        raise DashboardError(
            _(
                "the CA {path} is damaged, or none of the dashboard's ({error}): put it back "
                "from a copy, or remove it and ca.key beside it: then a new CA is made, which "
                "each device has to install"
            ).format(path=path, error=error)
        ) from error
    return found
