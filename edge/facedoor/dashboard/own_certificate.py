"""A certificate of the owner's own, as a public CA or that of a company gives it."""

from __future__ import annotations

import logging
import ssl
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from facedoor.certificates import names_of, utc
from facedoor.config.file import credential_file, is_credential
from facedoor.config.options import DashboardConfig
from facedoor.dashboard.certificates import server_context
from facedoor.errors import DashboardError
from facedoor.files import ExposedError, require_private
from facedoor.host_names import Address, parsed
from facedoor.languages import _

CREDENTIAL = "dashboard-key"
_TOLD_BEFORE = timedelta(days=14)

log = logging.getLogger(__name__)


class OwnCertificate:
    """What ``[dashboard] certificate`` and ``private_key`` name; read again when they change."""

    authority: x509.Certificate | None = None
    """Known to the devices already."""

    def __init__(self, page: DashboardConfig, host: str) -> None:
        """``host`` is the name under which people reach the page.

        Raises :class:`DashboardError` for files that cannot be read, do not belong together, have
        ended, or are for another name.
        """
        self._certificate = Path(page.certificate)
        self._key = Path(page.private_key) if page.private_key else _credential()
        self._host = host
        self.context = server_context()
        self._load()
        self._seen = self._states()

    def renew(self) -> None:
        """Read the files again if they have changed; new connections get the new certificate.

        What is wrong with it is logged: the old one serves on.
        """
        try:
            if (states := self._states()) != self._seen:
                self._load()
                self._seen = states
        except (OSError, DashboardError) as error:
            log.warning("the page goes on with its old certificate: %s", error)

    def _states(self) -> list[tuple[int, int]]:
        states = [path.stat() for path in (self._certificate, self._key)]
        return [(state.st_ino, state.st_mtime_ns) for state in states]

    def _load(self) -> None:
        leaf = self._read()
        self._require_good(leaf)
        try:
            self.context.load_cert_chain(self._certificate, self._key)
        except ssl.SSLError as error:
            raise DashboardError(
                _(
                    "TLS does not take [dashboard] certificate {certificate} with private_key "
                    "{key} ({reason})"
                ).format(certificate=self._certificate, key=self._key, reason=error.reason or error)
            ) from error

    def _read(self) -> x509.Certificate:
        """The certificate, once its key is known to be the right one."""
        path = self._certificate
        try:
            leaf, *_chain = x509.load_pem_x509_certificates(path.read_bytes())
            path = self._key
            if not is_credential(path):
                require_private(path)
            key = serialization.load_pem_private_key(path.read_bytes(), None)
        except ExposedError as error:
            raise DashboardError(f"[dashboard] private_key {path}: {error.strerror}") from error
        except OSError as error:
            raise DashboardError(
                _(
                    "[dashboard]: cannot read {path} ({strerror}): check its name, and that this "
                    "user may read it"
                ).format(path=path, strerror=error.strerror)
            ) from error
        except (ValueError, TypeError) as error:
            raise DashboardError(
                _(
                    "[dashboard]: {path} is not what it has to be ({error}): the certificate and "
                    "what leads to its CA, and its private key without a passphrase, both in PEM "
                    "form"
                ).format(path=path, error=error)
            ) from error
        if leaf.public_key() != key.public_key():
            raise DashboardError(
                _(
                    "[dashboard] private_key {key} is not the key of the first certificate in "
                    "{certificate}: the server's own has to come first"
                ).format(key=self._key, certificate=self._certificate)
            )
        return leaf

    def _require_good(self, leaf: x509.Certificate) -> None:
        now = utc()
        begins, ends = leaf.not_valid_before_utc, leaf.not_valid_after_utc
        if not begins <= now < ends:
            raise DashboardError(
                _(
                    "[dashboard] certificate {certificate} is valid from {begins:%Y-%m-%d} to "
                    "{ends:%Y-%m-%d}, and this machine's clock shows {now:%Y-%m-%d}: renew it, or "
                    "see to the clock (timedatectl)"
                ).format(certificate=self._certificate, begins=begins, ends=ends, now=now)
            )
        if ends - now < _TOLD_BEFORE:
            log.warning(
                "the page's certificate %s ends on %s", self._certificate, f"{ends:%Y-%m-%d}"
            )
        names = names_of(leaf)
        if not any(_is_for(name, parsed(self._host)) for name in names):
            raise DashboardError(
                _(
                    "[dashboard] certificate {certificate} is for {names} and not for {host}: set "
                    "[dashboard] url to a name in it"
                ).format(
                    certificate=self._certificate,
                    names=", ".join(map(str, names)) or _("no name"),
                    host=self._host,
                )
            )


def _credential() -> Path:
    found = credential_file(CREDENTIAL)
    if found is None:
        raise DashboardError(
            _(
                "[dashboard] certificate has no key: set private_key, or the credential "
                "{credential}"
            ).format(credential=CREDENTIAL)
        )
    return found


def _is_for(name: str | Address, host: str | Address) -> bool:
    """Whether the name in a certificate, which may begin with a star, is that of ``host``."""
    if isinstance(name, str) and isinstance(host, str):
        name = name.lower()
        star, _, rest = name.partition(".")
        return name == host or (star == "*" and host.partition(".")[2] == rest)
    return name == host
