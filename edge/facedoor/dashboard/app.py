"""The page's server, put together: one thread listens to the doors, another answers browsers."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
import time
from asyncio import constants, sslproto
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from facedoor.config.options import Config, MqttConfig
from facedoor.dashboard.api import Api
from facedoor.dashboard.at_broker import broker_of
from facedoor.dashboard.commands import Commands
from facedoor.dashboard.connections import Connection
from facedoor.dashboard.headers import Guard
from facedoor.dashboard.hosting import Hosting
from facedoor.dashboard.install_page import install_routes
from facedoor.dashboard.intake import Intake
from facedoor.dashboard.news import Answer, News
from facedoor.dashboard.pages import Pages
from facedoor.dashboard.sessions import Sessions
from facedoor.dashboard.site import Site
from facedoor.dashboard.store import Store
from facedoor.errors import DashboardError

STOP_S = 2
"""How long requests may take when the server ends; streams go on until then."""

LOOK_S = 0.01
"""How often to see whether the ports answer."""

RENEW_S = 3600.0

KEEP_ALIVE_S = 30
"""How long a connection waits for the next request."""

MOST_CONNECTIONS = 500

HANDSHAKE_S = 10.0
"""How long a connection may take until it is one of TLS; asyncio would wait for a minute."""

TLS_BUFFER_BYTES = 16 * 1024
"""As much as a record of TLS has; asyncio would keep 256 KiB for each connection."""


def _nobody(_: Mapping[str, str]) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Settings:
    """What the page's server has to know.

    ``mqtt`` is the broker, with the dashboard's own user; ``folder`` where it keeps what it
    remembers; ``static`` where the bundle of the page is. ``origin`` is the configured address of
    the page, if there is one, and ``https_url`` where to go from plain http. ``routes`` are served
    beside the page. ``user_of`` gives whom a reverse proxy vouches for, by a request's headers.
    """

    mqtt: MqttConfig
    folder: Path
    static: Path
    origin: str = ""
    https_url: str = ""
    has_own_certificate: bool = False
    routes: Sequence[BaseRoute] = ()
    user_of: Callable[[Mapping[str, str]], str | None] = field(default=_nobody)


class Dashboard:
    """The server without its ports: :attr:`app` answers once it was started."""

    def __init__(self, settings: Settings) -> None:
        """Raises :class:`StoreError`, :class:`UsageError` and :class:`BusError` for what cannot be
        used."""
        self._intake = Intake(settings.mqtt, settings.folder, self._hear, self._fail)
        self.failed = asyncio.Event()
        """Set when what the doors say cannot be taken in any more."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self.site = Site(int(time.time() * 1000))
        self._commands = Commands(self._intake.link.forward)
        self._sessions = Sessions()
        # A connection of its own: the other one belongs to the thread that listens.
        self._store = Store(self._intake.file)
        api = Api(
            self.site,
            self._store,
            self._sessions,
            self._commands,
            https_url=settings.https_url,
            origin=settings.origin,
            user_of=settings.user_of,
        )
        guard = Middleware(Guard, settings.origin, settings.has_own_certificate)
        routes = [*api.routes, *settings.routes, *Pages(settings.static).routes]
        self.app = Starlette(routes=routes, middleware=[guard])

    def start(self) -> None:
        """Begin to listen to the doors; to be called in the event loop that answers."""
        self._loop = asyncio.get_running_loop()
        self._intake.start()

    def end_streams(self) -> None:
        """Let the browsers go, and come back to whoever is started next."""
        self._sessions.end_all()

    def stop(self) -> None:
        """Stop listening; what the doors say from now on waits at the broker."""
        self._intake.stop()
        self._store.close()

    def _fail(self) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self.failed.set)

    def _hear(self, news: Sequence[News | Answer]) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has just ended
                self._loop.call_soon_threadsafe(self._take, news)

    def _take(self, news: Sequence[News | Answer]) -> None:
        for one in news:
            if isinstance(one, Answer):
                self._commands.answered(one)
        self.site.take(one for one in news if isinstance(one, News))


def settings_of(config: Config, hosting: Hosting) -> Settings:
    """Those of a configured page."""
    page, authority = config.dashboard, hosting.certificate.authority
    return Settings(
        broker_of(config),
        hosting.folder,
        hosting.static,
        origin=page.origin,
        https_url=hosting.origin,
        has_own_certificate=authority is None,
        routes=install_routes(authority, hosting.origin, hosting.static),
        user_of=hosting.proxy.user_of,
    )


async def serve(
    config: Config,
    hosting: Hosting,
    secure: Sequence[socket.socket],
    plain: Sequence[socket.socket] = (),
    began: Callable[[], None] = lambda: None,
) -> None:
    """Serve the page on these sockets until the process is asked to end.

    The ``plain`` ones are without TLS; ``began`` is called when all answer. Raises as
    :class:`Dashboard`.
    """
    sslproto.SSLProtocol.max_size = TLS_BUFFER_BYTES
    constants.SSL_HANDSHAKE_TIMEOUT = HANDSHAKE_S
    dashboard = Dashboard(settings_of(config, hosting))
    dashboard.start()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    servers = [_server(dashboard.app, hosting.certificate.context)]
    running = [asyncio.create_task(servers[0].serve(list(secure)))]
    if plain:
        servers.append(_server(dashboard.app, None))
        running.append(asyncio.create_task(servers[1].serve(list(plain))))
    try:
        while not all(
            server.started or task.done() for server, task in zip(servers, running, strict=True)
        ):
            await asyncio.sleep(LOOK_S)
        began()
        renewing = asyncio.create_task(_renew(hosting))
        ending = [asyncio.create_task(event.wait()) for event in (stopped, dashboard.failed)]
        await asyncio.wait([*ending, *running], return_when=asyncio.FIRST_COMPLETED)
        dashboard.end_streams()
        for server in servers:
            server.should_exit = True
        for task in (*ending, renewing):
            task.cancel()
        await asyncio.gather(*running)
    finally:
        dashboard.stop()
    if dashboard.failed.is_set():
        raise DashboardError("what the doors say cannot be taken in: see the log, and start again")


async def _renew(hosting: Hosting) -> None:
    while True:
        await asyncio.sleep(RENEW_S)
        hosting.certificate.renew()


class _Server(uvicorn.Server):
    """One of two in one process: signals are not for it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(app: Starlette, context: ssl.SSLContext | None) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            ssl_context_factory=None if context is None else lambda *_: context,
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            http=Connection,
            ws="none",
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=STOP_S,
        )
    )
