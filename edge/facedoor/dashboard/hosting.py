"""What the page is served with: its address, its certificate, its files, and whom it believes.

Whatever is wrong is found here, in the order in which it is set up, before anything listens.
"""

from __future__ import annotations

import errno
import importlib.util
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from facedoor.config.options import DashboardConfig
from facedoor.dashboard.certificates import MadeCertificate, fingerprint
from facedoor.dashboard.host_names import at, host_names, origin
from facedoor.dashboard.own_certificate import OwnCertificate
from facedoor.dashboard.proxy import ProxyUsers, proxy_users
from facedoor.errors import DashboardError
from facedoor.files import make_folder
from facedoor.languages import _

Certificate: TypeAlias = MadeCertificate | OwnCertificate

STATIC = Path(__file__).with_name("static")

_EXTRA = ("starlette", "uvicorn")


@dataclass(frozen=True, slots=True)
class Hosting:
    """How this machine serves the page."""

    origin: str
    """Where the page is, such as `https://door.lan:8443`."""
    certificate: Certificate
    """To be asked to renew itself once an hour."""
    proxy: ProxyUsers
    folder: Path
    """Where the page's server keeps what it remembers."""
    static: Path = STATIC
    """The page itself, as it was bundled."""

    @property
    def fingerprint(self) -> str | None:
        """That of the CA which devices have to install; ``None`` for a certificate they know."""
        authority = self.certificate.authority
        return None if authority is None else fingerprint(authority)


def require_installed() -> None:
    """Raise :class:`DashboardError` where what serves the page is not installed."""
    if missing := [name for name in _EXTRA if importlib.util.find_spec(name) is None]:
        raise DashboardError(
            _(
                "the dashboard is not installed, since there is no {missing}: pip install "
                "'facedoor[dashboard]'"
            ).format(missing=_(" and no ").join(missing))
        )


def open_hosting(page: DashboardConfig) -> Hosting:
    """Prepare everything but the ports.

    Raises :class:`DashboardError` for a page that was not bundled, a folder that cannot be used,
    and what is wrong with certificate or secret.
    """
    if not (STATIC / "index.html").is_file():
        raise DashboardError(
            _(
                "the page is not in {static}: this installation was made without it; in a "
                "clone, make it with: make edge/facedoor/dashboard/static/index.html"
            ).format(static=STATIC)
        )
    try:
        make_folder(page.folder)
    except OSError as error:
        raise DashboardError(
            _(
                "the folder {folder} cannot be made ({strerror}): set [dashboard] directory to "
                "one that this user may write"
            ).format(folder=page.folder, strerror=error.strerror)
        ) from error
    address = origin(page)
    certificate: Certificate
    if page.certificate:
        certificate = OwnCertificate(page, urlsplit(address).hostname or "")
    else:
        certificate = MadeCertificate(page.folder / "certificates", host_names(page))
    return Hosting(address, certificate, proxy_users(page), page.folder)


def listening_sockets(page: DashboardConfig) -> tuple[list[socket.socket], list[socket.socket]]:
    """Those of https, and those of plain http; there may be none of the latter.

    Raises :class:`DashboardError` for a port or an address that cannot be had.
    """
    secure = _sockets(page.listen, page.port, "port")
    try:
        return secure, _sockets(page.listen, page.http_port, "http_port") if page.http_port else []
    except DashboardError:
        for each in secure:
            each.close()
        raise


def plain_address(page: DashboardConfig, https: str) -> str | None:
    """Where plain http is served, if it is: the page's own name at another port."""
    if not page.http_port:
        return None
    host = urlsplit(https).hostname or "localhost"
    return at(host, page.http_port, "http")


def _sockets(address: str, port: int, option: str) -> list[socket.socket]:
    """One socket, for both versions of IP where every address is meant and the machine has both."""
    every = not address
    family = socket.AF_INET6 if every or ":" in address else socket.AF_INET
    both = every and socket.has_dualstack_ipv6()
    if every and not both:
        family = socket.AF_INET
    try:
        return [
            socket.create_server((address, port), family=family, backlog=128, dualstack_ipv6=both)
        ]
    except OSError as error:
        where = _("{address}, port {port}").format(address=address or _("every address"), port=port)
        remedy = _("choose another [dashboard] {option}, or end what listens there").format(
            option=option
        )
        if isinstance(error, PermissionError):
            remedy = _("ports below 1024 are root's: choose another [dashboard] {option}").format(
                option=option
            )
        elif error.errno == errno.EADDRNOTAVAIL:
            remedy = _("set [dashboard] listen to an address of this machine, or leave it out")
        reason = os.strerror(error.errno) if error.errno else error
        raise DashboardError(
            _("the page cannot be served at {where} ({reason}): {remedy}").format(
                where=where, reason=reason, remedy=remedy
            )
        ) from error
