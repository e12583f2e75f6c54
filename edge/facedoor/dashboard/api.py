"""What the page asks: all of it as JSON, and nothing without a session but how to get one."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from facedoor.dashboard.bounds import read_object
from facedoor.dashboard.commands import Commands
from facedoor.dashboard.headers import origin_of
from facedoor.dashboard.news import Answer
from facedoor.dashboard.sessions import SESSION_S, Session, Sessions
from facedoor.dashboard.signing_in import SigningIn
from facedoor.dashboard.site import Doors, Site
from facedoor.dashboard.store import POINTS_HOURS, Page, Store
from facedoor.dashboard.stream import stream
from facedoor.dashboard.tokens import read_token
from facedoor.errors import BusError, UsageError
from facedoor.rate_limit import RateLimit

COOKIE = "__Host-session"
FIRST_VISITS = 200
MOST_ROWS = 2_000
ROWS_AT_ONCE = 200
SMALL_BYTES = 300_000
"""A sign-in at 500 doors."""
COMMAND_BYTES = (1 << 20) + 4_096
JOIN_S = 10.0

AT_ONCE, EACH_S = 60, 1.0
"""Sign-ins and joins from one address."""
COMMANDS_AT_ONCE, COMMAND_EACH_S = 30, 0.5
"""Commands of one key."""
MOST_ADDRESSES = 1_000

Read = Callable[[str, int, Doors], Page]
_CURSOR = re.compile(r"([0-9TZ:.+-]{1,40}~)?[0-9]{1,18}|", re.ASCII)

Answering = Callable[[Request, Session], Awaitable[Response]]

log = logging.getLogger(__name__)


class ApiError(Exception):
    """An answer that is an error: status, code, and a sentence for people."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.body = {"error": code, "message": sentence}


class Limits:
    """A limit for each of those who ask; the ones who asked longest ago are forgotten."""

    def __init__(self, burst: int, each_s: float) -> None:
        self._burst, self._each_s = burst, each_s
        self._limits: OrderedDict[str, RateLimit] = OrderedDict()

    def require(self, who: str) -> None:
        """Raises :class:`ApiError` for whoever asks too often."""
        limit = self._limits.setdefault(who, RateLimit(self._burst, self._each_s, time.monotonic))
        self._limits.move_to_end(who)
        while len(self._limits) > MOST_ADDRESSES:
            self._limits.popitem(last=False)
        if not limit.allows():
            raise ApiError(429, "too_often", "too many requests: wait a few seconds")


class Api:
    """Answers the page. Belongs to one event loop."""

    def __init__(
        self,
        site: Site,
        store: Store,
        sessions: Sessions,
        commands: Commands,
        *,
        https_url: str = "",
        origin: str = "",
        user_of: Callable[[Mapping[str, str]], str | None] = lambda _: None,
    ) -> None:
        """``store`` is a connection of this thread's own. ``origin`` is the configured address of
        the page, ``https_url`` where to go from plain http; ``user_of`` gives whom a reverse proxy
        vouches for, by the headers of a request."""
        self._site = site
        self._store = store
        self._sessions = sessions
        self._commands = commands
        self._signing_in = SigningIn(sessions, commands, self._is_online)
        self._https_url = https_url
        self._origin = origin
        self._user_of = user_of
        self._strangers = Limits(AT_ONCE, EACH_S)
        self._senders = Limits(COMMANDS_AT_ONCE, COMMAND_EACH_S)

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/api/nonce", _guarded(self._nonce)),
            Route("/api/session", _guarded(self._sign_in), methods=["POST"]),
            Route("/api/session", _guarded(self._sign_out), methods=["DELETE"]),
            Route("/api/join", _guarded(self._join), methods=["POST"]),
            Route("/api/state", self._for_session(self._state)),
            Route("/api/visits", self._for_session(self._visits)),
            Route("/api/entries", self._for_session(self._entries)),
            Route("/api/telemetry", self._for_session(self._telemetry)),
            Route("/api/commands", self._for_session(self._command), methods=["POST"]),
            Route("/api/stream", self._for_session(self._stream)),
        ]

    def _session(self, request: Request) -> Session | None:
        session = self._sessions.find(request.cookies.get(COOKIE))
        if session is None and (user := self._user_of(request.headers)) is not None:
            return self._sessions.vouched_for(user)
        return session

    def _for_session(self, answer: Answering) -> Callable[[Request], Awaitable[Response]]:
        async def answered(request: Request) -> Response:
            session = self._session(request)
            if session is None:
                raise ApiError(401, "sign_in", "sign in first, with a device that a door knows")
            return await answer(request, session)

        return _guarded(answered)

    async def _nonce(self, request: Request) -> Response:
        return JSONResponse(
            {
                "nonce": self._sessions.nonce(),
                "now_s": time.time(),
                "https_url": self._https_url or None,
                "signed_in": self._session(request) is not None,
            }
        )

    async def _sign_in(self, request: Request) -> Response:
        self._strangers.require(_address(request))
        own, said_origin = origin_of(request.scope), request.headers.get("origin")
        origin = self._origin if said_origin and said_origin == self._origin else own
        if not origin.startswith("https://"):
            raise ApiError(403, "https_needed", "nobody can sign in on plain http: use https")
        said = await _body(request, SMALL_BYTES)
        done = await self._signing_in.sign_in(said, origin, request.cookies.get(COOKIE))
        answer = JSONResponse({"signed_in": done.session is not None, "doors": done.doors})
        if done.session is None:
            return answer
        answer.set_cookie(
            COOKIE,
            done.session.word,
            max_age=int(SESSION_S),
            path="/",
            secure=True,
            httponly=True,
            samesite="strict",
        )
        return answer

    async def _sign_out(self, request: Request) -> Response:
        session = self._sessions.find(request.cookies.get(COOKIE))
        if session is not None:
            self._sessions.end(session)
        answer = Response(status_code=204)
        answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
        return answer

    async def _join(self, request: Request) -> Response:
        self._strangers.require(_address(request))
        said = await _body(request, SMALL_BYTES)
        door, token = self._known(said.get("door"), None), read_token(said.get("token"))
        if token.cmd != "join":
            raise UsageError("token is no join, and without a session nothing else is forwarded")
        heard = await self._commands.ask(door, token, JOIN_S)
        return JSONResponse({"message": heard.text if heard is not None else None})

    async def _state(self, _request: Request, session: Session) -> Response:
        # The number first: what is in the store is told by then, or told once more.
        now = self._site.now(session.doors)
        visits = self._store.visits(limit=FIRST_VISITS, doors=session.doors)
        return _json(
            f'{{"seq":{now.seq},"now_s":{time.time():.3f},"broker":{now.broker},'
            f'"store":{now.store},'
            f'"doors":[{",".join(now.doors)}],{_page("visits", visits)},"needs":{now.needs}}}'
        )

    async def _visits(self, request: Request, session: Session) -> Response:
        return _rows("visits", self._store.visits, request, session.doors)

    async def _entries(self, request: Request, session: Session) -> Response:
        doors: Doors = session.doors
        if "door" in request.query_params:
            doors = [self._known(request.query_params["door"], doors)]
        return _rows("entries", self._store.entries, request, doors)

    async def _telemetry(self, request: Request, session: Session) -> Response:
        door = self._known(request.query_params.get("door"), session.doors)
        points = self._store.points(door, time.time() - POINTS_HOURS * 3600)
        return _json(f'{{"points":[{",".join(points)}]}}')

    async def _command(self, request: Request, session: Session) -> Response:
        self._senders.require(session.key or session.word)
        said = await _body(request, COMMAND_BYTES)
        token = read_token(said.get("token"))
        door = self._known(said.get("door"), None)
        if session.key is not None and token.key != session.key:
            raise ApiError(403, "other_key", "the command is not signed by the key signed in")

        def heard(answer: Answer) -> None:
            session.tell(json.dumps({"door": answer.door, "message": answer.text}))

        self._commands.send(door, token, heard)
        return JSONResponse({"id": token.id}, status_code=202)

    async def _stream(self, request: Request, session: Session) -> Response:
        said = request.headers.get("last-event-id") or request.query_params.get("after")
        seq = int(said) if said and said.isdecimal() and len(said) < 20 else None
        events = stream(self._site, self._sessions, session, seq)
        headers = {"x-accel-buffering": "no"}
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    def _known(self, door: object, seen: Doors) -> str:
        """The door of that name, if it is one that can be seen."""
        is_seen = isinstance(door, str) and (seen is None or door in seen)
        if not is_seen or door not in self._site.names:
            raise ApiError(404, "unknown_door", "there is no such door here")
        return str(door)

    def _is_online(self, door: str) -> bool | None:
        text = self._site.door(door)
        return None if text is None else bool(json.loads(text)["online"])


def _guarded(
    answer: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Errors as the page expects them."""

    async def answered(request: Request) -> Response:
        try:
            return await answer(request)
        except ApiError as error:
            return JSONResponse(error.body, status_code=error.status)
        except BusError as error:
            return JSONResponse({"error": "broker_away", "message": str(error)}, status_code=503)
        except sqlite3.Error as error:
            log.warning("cannot read what the doors have told: %s", error)
            sentence = "what the doors have told cannot be read: see the dashboard's log"
            return JSONResponse({"error": "store_failed", "message": sentence}, status_code=503)
        except (UsageError, ValueError) as error:
            return JSONResponse({"error": "bad_request", "message": str(error)}, status_code=400)

    return answered


async def _body(request: Request, most_bytes: int) -> dict[str, Any]:
    """The JSON object that was sent; no more of it is read than it may have."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most_bytes:
            raise ApiError(413, "too_large", "the request is too large")
    return read_object(bytes(body))


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def _place(request: Request) -> tuple[str, int]:
    limit, before = request.query_params.get("limit", "200"), request.query_params.get("before", "")
    if not limit.isdecimal() or len(limit) > 6 or not _CURSOR.fullmatch(before):
        raise UsageError("limit has to be a number, and before the more of the answer before")
    return before, max(1, min(int(limit), MOST_ROWS))


def _page(name: str, page: Page) -> str:
    return f'"{name}":[{",".join(page.texts)}],"more":{json.dumps(page.more)}'


def _rows(name: str, read: Read, request: Request, doors: Doors) -> Response:
    """A long list, of which a slow reader holds only a part up here."""
    before, limit = _place(request)
    # What cannot be read is refused here, before the answer has begun.
    first = read(before, min(limit, ROWS_AT_ONCE), doors)

    async def parts() -> AsyncIterator[str]:
        page, left, comma = first, limit, ""
        yield f'{{"{name}":['
        while True:
            if page.texts:
                yield comma + ",".join(page.texts)
                comma = ","
            left -= len(page.texts)
            if page.more is None or left <= 0:
                break
            page = read(page.more, min(left, ROWS_AT_ONCE), doors)
        yield f'],"more":{json.dumps(page.more)}}}'

    return StreamingResponse(parts(), media_type="application/json")


def _json(text: str) -> Response:
    return Response(text, media_type="application/json")
