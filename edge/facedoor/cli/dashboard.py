"""``facedoor dashboard``: serve the page on which people see who came."""

from __future__ import annotations

import argparse
import importlib.util
from typing import TYPE_CHECKING

from facedoor.cli import answer
from facedoor.config.options import Config
from facedoor.errors import DashboardError, ExitCode, UsageError
from facedoor.languages import ENGLISH, spoken

if TYPE_CHECKING:
    from facedoor.dashboard.hosting import Hosting

_EXTRA = ("starlette", "uvicorn")


def dashboard(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Serve the page that shows who came, and from which phones open the door."""
    if missing := [name for name in _EXTRA if importlib.util.find_spec(name) is None]:
        raise DashboardError(
            f"the dashboard is not installed, since there is no {' and no '.join(missing)}: "
            "pip install 'facedoor[dashboard]'"
        )
    if not settings.mqtt.host:
        raise UsageError(
            "the dashboard has no broker, from which it hears of the doors: set [mqtt] host"
        )
    import asyncio

    from facedoor.dashboard.app import serve
    from facedoor.dashboard.hosting import listening_sockets, open_hosting, plain_address

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
    lines = [f"the page is at {hosting.origin}"]
    if hosting.fingerprint is not None:
        lines += [
            f"how a phone comes to trust it: {http or hosting.origin}/install",
            f"SHA-256 fingerprint of its CA: {hosting.fingerprint}",
        ]
    lines.append("to invite the first device, at a door: facedoor keys invite NAME --role admin")
    return "\n".join(lines)
