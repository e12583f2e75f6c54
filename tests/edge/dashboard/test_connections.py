"""Connections that say nothing, or too slowly, take no place from those who ask something."""

from __future__ import annotations

import asyncio
import socket

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

import event_loop
from facedoor.dashboard import app

MOST = 6
WHOLE = b"GET / HTTP/1.1\r\nHost: door\r\n\r\n"
HALF = b"POST / HTTP/1.1\r\nHost: door\r\nContent-Length: 100\r\n\r\n{"


async def _answer(request: Request) -> Response:
    await request.body()
    return PlainTextResponse("hello")


async def _asked(port: int, words: bytes = WHOLE) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(words)
    said = await asyncio.wait_for(reader.readuntil(b"hello"), 20)
    writer.close()
    return said


@pytest.mark.parametrize("words", [b"", WHOLE[:10], HALF, WHOLE + WHOLE[:10]])
def test_whoever_is_waited_for_the_longest_goes_first(
    monkeypatch: pytest.MonkeyPatch, words: bytes
) -> None:
    monkeypatch.setattr(app, "MOST_CONNECTIONS", MOST)

    async def scenario() -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        routes = [Route("/", _answer, methods=["GET", "POST"])]
        server = app._server(Starlette(routes=routes), None)
        serving = asyncio.create_task(server.serve([listener]))
        hanging = []
        for _ in range(3 * MOST):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(words)
            await writer.drain()
            hanging.append((reader, writer))
            await asyncio.sleep(0)
        for _ in range(3):
            assert b"200 OK" in await _asked(port)
        for _, writer in hanging:
            writer.close()
        server.should_exit = True
        await serving

    event_loop.run(scenario())
