"""By which names and addresses a browser may reach this machine's page."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from facedoor.config.options import DashboardConfig
from facedoor.host_names import HostNames, of_this_machine, own_names, parsed


def host_names(page: DashboardConfig) -> HostNames:
    """Those of this machine, and what ``[dashboard] url`` and ``listen`` say."""
    named = [parsed(urlsplit(page.url).hostname or "")] if page.url else []
    if page.listen and not ipaddress.ip_address(page.listen).is_unspecified:
        named.append(ipaddress.ip_address(page.listen))
    return of_this_machine(*named)


def origin(page: DashboardConfig) -> str:
    """The page's address: the configured one, or one by this machine's name."""
    if page.origin:
        return page.origin
    host = page.listen or next(iter(own_names()), "localhost")
    return at(host, page.port)


def at(host: str, port: int, scheme: str = "https") -> str:
    """The address of ``host``, a name or an address, and ``port``."""
    host = f"[{host}]" if ":" in host else host
    usual = {"https": 443, "http": 80}[scheme]
    return f"{scheme}://{host}" if port == usual else f"{scheme}://{host}:{port}"
