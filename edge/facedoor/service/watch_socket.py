"""The socket of ``facedoor watch`` in the service's runtime directory, and those who came by it.

Only root, the service's own user and members of its group may look: the rights of directory and
socket say so, and the credentials of each are asked again. Nothing is ever read from them, and
nobody is waited for: each is given as much as they take, of frames the newest, of news a bounded
number.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import stat
import struct
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

from facedoor.printable import counted
from facedoor.times import utc_now
from facedoor.wire import live
from facedoor.wire.live import Live, LiveNews

MOST = 4
"""So many may look at once."""

LINES_KEPT = 100
"""So many wait for one who is slow; then the oldest is lost, for them only."""

ACCEPT_EVERY_S = 0.1
"""However many come: no more than one in this time is let in or turned away."""

_SO_PEERGROUPS = 59
"""Of Linux; Python has no name for it."""
_MOST_GROUPS = 256


def listening(directory: Path) -> socket.socket:
    """The socket in ``directory``, which does not block. Raises ``OSError``, also for a directory
    in which others may write."""
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    if status.st_uid not in {0, os.geteuid()} or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise OSError(errno.EACCES, "others may write there")
    path = directory / live.SOCKET
    with suppress(FileNotFoundError):
        path.unlink()  # left by a service that was killed
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        listener.bind(str(path))
        path.chmod(0o660)  # before anybody can connect
        listener.listen(MOST)
    except OSError:
        listener.close()
        raise
    return listener


class Stands:
    """The listening socket and those who came by it. Belongs to one thread."""

    def __init__(self, listener: socket.socket) -> None:
        self.spectators: list[Spectator] = []
        self._listener = listener
        self._poll = select.poll()
        self._accept_s = 0.0

    def turn(self, until_s: float) -> list[Spectator]:
        """Wait until something can be done, while somebody looks for no longer than ``until_s``;
        do it, and return who has come."""
        now_s = time.monotonic()
        may_accept = now_s >= self._accept_s
        self._poll.register(self._listener, select.POLLIN if may_accept else 0)
        for spectator in self.spectators:
            self._poll.register(spectator.connection, select.POLLOUT if spectator.waits else 0)
        waits_s = []
        if self.spectators:
            waits_s.append(until_s - now_s)
        if not may_accept:
            waits_s.append(self._accept_s - now_s)
        timeout_ms = max(0.0, min(waits_s)) * 1000 + 1 if waits_s else None
        ready = dict(self._poll.poll(timeout_ms))
        for spectator in list(self.spectators):
            events = ready.get(spectator.connection.fileno(), 0)
            is_gone = events & (select.POLLHUP | select.POLLERR | select.POLLNVAL)
            if is_gone or (events & select.POLLOUT and not spectator.send()):
                self._dismiss(spectator)
        return self._accepted() if ready.get(self._listener.fileno(), 0) == select.POLLIN else []

    def tell(self, said: Live) -> None:
        """Give everybody a line."""
        line = live.encode(said)
        for spectator in self.spectators:
            spectator.tell(line)

    def close(self) -> None:
        for spectator in self.spectators:
            spectator.connection.close()
        self.spectators.clear()
        with suppress(OSError):
            Path(self._listener.getsockname()).unlink()
        self._listener.close()

    def _accepted(self) -> list[Spectator]:
        self._accept_s = time.monotonic() + ACCEPT_EVERY_S
        with suppress(OSError):  # gone again
            connection, _ = self._listener.accept()
            connection.setblocking(False)
            spectator = Spectator(connection)
            if not may_look(connection):
                connection.close()
            elif len(self.spectators) == MOST:
                text = f"{MOST} watch already, which is the most: end one of them"
                spectator.tell(live.encode(LiveNews(utc_now(), text)))
                spectator.send()
                connection.close()
            else:
                connection.shutdown(socket.SHUT_RD)  # whatever they say, nobody reads it
                self.spectators.append(spectator)
                return [spectator]
        return []

    def _dismiss(self, spectator: Spectator) -> None:
        self._poll.unregister(spectator.connection)
        spectator.connection.close()
        self.spectators.remove(spectator)


class Spectator:
    """One of them, and what they still have to be given."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._rest = b""
        self._lines: deque[bytes] = deque()
        self._frame = b""
        self._lost = 0

    @property
    def waits(self) -> bool:
        """Whether there is something for them."""
        return bool(self._rest or self._lines or self._frame)

    @property
    def has_time(self) -> bool:
        """Whether they have taken all there was."""
        return not self.waits

    def tell(self, line: bytes) -> None:
        self._lines.append(line)
        if len(self._lines) > LINES_KEPT:
            self._lines.popleft()
            self._lost += 1

    def show(self, frame: bytes) -> None:
        """Give them a frame, in the place of one that they have not begun to take."""
        self._frame = frame

    def send(self) -> bool:
        """Give as much as they take now; false if they are gone."""
        try:
            while self._rest or self._next():
                self._rest = self._rest[self.connection.send(self._rest) :]
        except BlockingIOError:
            return True
        except OSError:
            return False
        return True

    def _next(self) -> bool:
        if self._lost:
            text = f"{counted(self._lost, 'line')} got lost, since nobody read them in time"
            self._rest, self._lost = live.encode(LiveNews(utc_now(), text)), 0
        elif self._lines:
            self._rest = self._lines.popleft()
        else:
            self._rest, self._frame = self._frame, b""
        return bool(self._rest)


def may_look(connection: socket.socket) -> bool:
    """Whether who has connected is root, this process's own user, or in its group."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    _, user, group = struct.unpack("iII", credentials)
    groups = b""
    with suppress(OSError):  # in more groups than fit: only the first one counts
        groups = connection.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, 4 * _MOST_GROUPS)
    members = {group, *struct.unpack(f"{len(groups) // 4}I", groups)}
    return user in {0, os.geteuid()} or os.getegid() in members
