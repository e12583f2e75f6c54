"""By which names and addresses others reach this machine."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

LOOPBACKS: tuple[Address, ...] = (IPv4Address("127.0.0.1"), IPv6Address("::1"))

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


def of_this_machine(*asked: str | Address) -> HostNames:
    """Those that this machine has, and what its owner has ``asked`` for, which comes first."""
    every = [*asked, *own_names(), "localhost", *LOOPBACKS, *_outward_address()]
    return HostNames(
        tuple(dict.fromkeys(each for each in every if isinstance(each, str))),
        tuple(dict.fromkeys(each for each in every if not isinstance(each, str))),
        frozenset(asked),
    )


def own_names() -> list[str]:
    """The name that multicast DNS gives this machine, and its whole name if it has one.

    Not the bare one: a certificate for `dev` would be one for every name that ends in `.dev`.
    """
    whole = socket.gethostname().lower().rstrip(".")
    if not is_host_name(whole) or whole == "localhost":
        return []
    first, dot, _ = whole.partition(".")
    own = [f"{first}.local"]
    return [*own, whole] if dot and whole not in own else own


def is_host_name(text: str) -> bool:
    """Whether ``text`` can be a machine's name in lower case, whole or its first part."""
    return re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", text) is not None


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
