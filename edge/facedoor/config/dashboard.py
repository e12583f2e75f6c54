"""What of the section ``[dashboard]`` has to have a form."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from facedoor.languages import _
from facedoor.strict import StrictError, shown


def require_origin(url: str) -> None:
    """Raises :class:`StrictError` for what is no https address of a whole host."""
    problem = None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        problem = _("it has to be an address such as https://door.lan:8443")
    else:
        if parts.scheme != "https":
            problem = _(
                "it has to begin with https://, since a browser signs nothing on plain http"
            )
        elif not host or port == 0 or not url.isascii() or " " in url:
            problem = _("it has to be an address such as https://door.lan:8443")
        elif "@" in parts.netloc or parts.path.strip("/") or "?" in url or "#" in url:
            problem = _(
                "the page has a whole address to itself: write no more than https://NAME:PORT"
            )
    if problem:
        raise StrictError(f"is {shown(url)}: {problem}")


def require_address(address: str) -> None:
    """Raises :class:`StrictError` for what is no address of IP."""
    try:
        ipaddress.ip_address(address)
    except ValueError as error:
        raise StrictError(
            _(
                "is {address}; it has to be an address of this machine, such as 127.0.0.1 for "
                "this machine alone"
            ).format(address=shown(address))
        ) from error
