"""``facedoor dashboard``: serve the page on which people see who came."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from facedoor.cli import answer
from facedoor.config.options import Config
from facedoor.errors import ExitCode, UsageError
from facedoor.languages import ENGLISH, _, spoken

if TYPE_CHECKING:
    from facedoor.dashboard.hosting import Hosting


def dashboard(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Serve the page that shows who came, and from which phones open the door."""
    from facedoor.dashboard.hosting import (
        listening_sockets,
        open_hosting,
        plain_address,
        require_installed,
    )

    require_installed()
    if not settings.mqtt.host:
        raise UsageError(
            _("the dashboard has no broker, from which it hears of the doors: set [mqtt] host")
        )
    import asyncio

    from facedoor.dashboard.app import serve

    hosting = open_hosting(settings.dashboard)
    secure, plain = listening_sockets(settings.dashboard)
    http = plain_address(settings.dashboard, hosting.origin)

    values = {"url": hosting.origin, "http_url": http, "fingerprint": hosting.fingerprint}
    welcome = _welcome(hosting, http)

    def tell() -> None:
        answer(options, values, welcome)

    with spoken(ENGLISH):
        asyncio.run(serve(settings, hosting, secure, plain, tell))
    return ExitCode.DONE


def _welcome(hosting: Hosting, http: str | None) -> str:
    lines = [_("the page is at {origin}").format(origin=hosting.origin)]
    if hosting.fingerprint is not None:
        lines += [
            _("how a phone comes to trust it: {http}/install").format(http=http or hosting.origin),
            _("SHA-256 fingerprint of its CA: {fingerprint}").format(
                fingerprint=hosting.fingerprint
            ),
        ]
    lines.append(_("to invite the first device, at a door: facedoor keys invite NAME --role admin"))
    return "\n".join(lines)
