"""The stream of one browser, as server-sent events: what changes, and the answers to its commands.

Nothing is kept for it but a number, how far it has come: a slow browser costs no memory, and one
that falls too far behind begins anew. Answers do not wait for the next batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from facedoor.dashboard.sessions import Session, Sessions
from facedoor.dashboard.site import Site

HEARTBEAT_S = 15.0
"""So often there is a sign of life, so that whoever is in between keeps the connection."""


async def stream(
    site: Site, sessions: Sessions, session: Session, seq: int | None
) -> AsyncIterator[bytes]:
    """Events from the number ``seq`` on, ``None``: from now on; until the session ends."""
    at = site.seq if seq is None else seq
    yield b"retry: 1000\n\n"
    results = session.attach()
    site.listeners.add(results.news)
    try:
        while sessions.is_good(session) and not results.is_over:
            results.news.clear()
            said = b"".join(_result(one) for one in results.take())
            if at != site.seq:
                said += site.since(at, session.doors)
                at = site.seq
            if said:
                yield said
                del said
            else:
                try:
                    await asyncio.wait_for(results.news.wait(), HEARTBEAT_S)
                except TimeoutError:
                    yield b":\n\n"
    finally:
        site.listeners.discard(results.news)
        session.detach(results)


def _result(text: str) -> bytes:
    return b"event: result\ndata: %s\n\n" % text.encode()
