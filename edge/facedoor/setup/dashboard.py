"""The step about the dashboard: where its page is, and whether this machine serves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from facedoor.checks.installation import find_service
from facedoor.config.dashboard import require_address, require_origin
from facedoor.config.options import DashboardConfig
from facedoor.dashboard.at_broker import CREDENTIAL, broker_of
from facedoor.dashboard.host_names import origin
from facedoor.dashboard.hosting import (
    listening_sockets,
    open_hosting,
    plain_address,
    require_installed,
)
from facedoor.errors import DashboardError, UsageError
from facedoor.languages import N_, _
from facedoor.mqtt.probe import ProbeAnswer, probe
from facedoor.setup.broker import NONE, port_number
from facedoor.setup.passwords import keep_password, with_password
from facedoor.setup.talk import Bench, SetupStep, confirmed
from facedoor.setup.units import tell
from facedoor.strict import StrictError

UNIT = "facedoor-dashboard.service"

_ALL = "all"
_HTTP_PORT = 8080


def _reached(bench: Bench) -> str:
    settings = bench.settings
    if not settings.mqtt.host:
        return _("none, since it hears of the door through a broker")
    try:
        require_installed()
    except DashboardError as error:
        return str(error)
    if not bench.configuration.says("dashboard", "url"):
        return ""
    return settings.dashboard.url or _("none")


def _do(bench: Bench) -> None:
    require_installed()
    talk, settings = bench.talk, bench.settings
    if not settings.mqtt.host:
        raise UsageError(_("the page hears of the door through a broker: set that up before"))
    talk.say(
        _(
            "The dashboard is a page for phones and computers: who came, and a button that opens. "
            "Its address should stay as it is, such as a name that your router gives."
        )
    )
    asked = _("the page's address as phones reach it, or {none}").format(none=NONE)
    url = talk.ask(asked, origin(settings.dashboard))
    if url == NONE:
        bench.configuration.set("dashboard", url="")
        return
    page = _asked(bench, url if "://" in url else f"https://{url}")
    secret = ""
    if page.username and settings.mqtt.username:
        asked = _("the password of its user {name} at the broker (Enter: as it is)")
        secret = talk.ask_secret(asked.format(name=page.username))
    with with_password(broker_of(replace(settings, dashboard=page)), secret) as tried:
        probed = probe(tried, settings.door.name)
    if probed.answer is not ProbeAnswer.WELCOME:
        talk.say(_("As the page's user: {sentence}.").format(sentence=probed.sentence))
        talk.say(_("To mend it: {remedy}.").format(remedy=probed.remedy))
        if not confirmed(talk, _("Keep these settings all the same"), default=False):
            raise UsageError(_("nothing is written: try again, or skip it"))
    _prepare(bench, page)
    if secret:
        page = replace(page, password_file=keep_password(bench, CREDENTIAL, secret, page.folder))
    bench.configuration.set(
        "dashboard",
        url=page.url,
        listen=page.listen,
        port=page.port,
        http_port=page.http_port,
        password_file=page.password_file,
    )
    _serve(bench)


def _asked(bench: Bench, url: str) -> DashboardConfig:
    """The configured settings, changed by the answers."""
    talk, known = bench.talk, bench.settings.dashboard
    url = url.rstrip("/")
    _require(require_origin, url)
    port = urlsplit(url).port or known.port  # without one a proxy stands before it
    asked = _("address of this machine at which it is served, or {every}").format(every=_ALL)
    listen = talk.ask(asked, known.listen or _ALL)
    listen = "" if listen == _ALL else listen
    if listen:
        _require(require_address, listen)
    asked = _("port without TLS, where each phone first gets the certificate, or {none}")
    answer = talk.ask(asked.format(none=NONE), str(known.http_port or _HTTP_PORT))
    http_port = 0 if answer == NONE else port_number(answer)
    return replace(known, url=url, listen=listen, port=port, http_port=http_port)


def _require(require: Callable[[str], None], said: str) -> None:
    try:
        require(said)
    except StrictError as error:
        raise UsageError(_("that {problem}").format(problem=error.problem)) from error


def _prepare(bench: Bench, page: DashboardConfig) -> None:
    """Make the certificate, see that the ports can be had, and say how phones come to trust it."""
    hosting = open_hosting(page)
    if not find_service(bench.root, UNIT).is_running:
        secure, plain = listening_sockets(page)
        for each in (*secure, *plain):
            each.close()
    if hosting.fingerprint is None:
        return
    where = plain_address(page, hosting.origin) or hosting.origin
    bench.talk.say(
        _(
            "Each phone has to trust the page once: {where}/install shows how. Compare the SHA-256 "
            "fingerprint there with this one:"
        ).format(where=where)
    )
    half = len(hosting.fingerprint) // 2 + 1
    bench.talk.say(f"  {hosting.fingerprint[:half]}\n  {hosting.fingerprint[half:]}")


def _serve(bench: Bench) -> None:
    talk, service = bench.talk, find_service(bench.root, UNIT)
    if not service.is_installed:
        talk.say(_("To serve it: facedoor dashboard"))
    elif service.is_running:
        tell(talk, UNIT, "restart")
    elif confirmed(talk, _("Serve the page now, and at every boot"), default=True):
        tell(talk, UNIT, "enable", "--now")


DASHBOARD = SetupStep(N_("the dashboard, a page for phones"), _reached, _do)
