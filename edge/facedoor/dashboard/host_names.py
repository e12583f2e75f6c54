"""By which names and addresses a browser may reach this machine's page."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias
from urllib.parse import urlsplit

from facedoor.config.options import DashboardConfig

Address: TypeAlias = IPv4Address | IPv6Address

_LOOPBACKS: tuple[Address, ...] = (IPv4Address("127.0.0.1"), IPv6Address("::1"))

_ELSEWHERE = ("192.0.2.1", 9)
"""An address for documentation (RFC 5737); nothing is ever sent to it."""


@dataclass(frozen=True, slots=True)
class HostNames:
    """What a certificate of this machine is for; ``asked`` are those that the owner has named."""

    names: tuple[str, ...]
    addresses: tuple[Address, ...]
    asked: frozenset[str | Address] = frozenset()

    def __contains__(self, host: str) -> bool:
        """Whether ``host``, a name or an address, is one of them."""
        return parsed(host) in {*self.names, *self.addresses}


def host_names(page: DashboardConfig) -> HostNames:
    """Those of this machine, and what ``[dashboard] url`` and ``listen`` say."""
    named = [parsed(urlsplit(page.url).hostname or "")] if page.url else []
    if page.listen and not ipaddress.ip_address(page.listen).is_unspecified:
        named.append(ipaddress.ip_address(page.listen))
    asked = frozenset(named)
    every = [*named, *_own_names(), "localhost", *_LOOPBACKS, *_outward_address()]
    return HostNames(
        tuple(dict.fromkeys(each for each in every if isinstance(each, str))),
        tuple(dict.fromkeys(each for each in every if not isinstance(each, str))),
        asked,
    )


def origin(page: DashboardConfig) -> str:
    """The page's address: the configured one, or one by this machine's name."""
    if page.origin:
        return page.origin
    host = page.listen or next(iter(_own_names()), "localhost")
    return at(host, page.port)


def at(host: str, port: int, scheme: str = "https") -> str:
    """The address of ``host``, a name or an address, and ``port``."""
    host = f"[{host}]" if ":" in host else host
    usual = {"https": 443, "http": 80}[scheme]
    return f"{scheme}://{host}" if port == usual else f"{scheme}://{host}:{port}"


def _own_names() -> list[str]:
    """The name that multicast DNS gives this machine, and its whole name if it has one.

    Not the bare one: a certificate for `dev` would be one for every name that ends in `.dev`.
    """
    whole = socket.gethostname().lower().rstrip(".")
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", whole) or whole == "localhost":
        return []
    first, dot, _ = whole.partition(".")
    own = [f"{first}.local"]
    return [*own, whole] if dot and whole not in own else own


def _outward_address() -> list[Address]:
    """The address under which this machine is seen in its network, if it is in one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return []
        return [ipaddress.ip_address(probe.getsockname()[0])]


def parsed(host: str) -> str | Address:
    """``host`` as an address, if it is one, else as a name is compared."""
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host.lower().rstrip(".")
