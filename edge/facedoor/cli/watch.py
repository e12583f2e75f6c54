"""``facedoor watch``: the running door, live in the terminal, as it shows itself at its socket."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from facedoor.cli import hint, print_raw, show
from facedoor.cli.visitors import VisitorNumbers
from facedoor.config.options import Config
from facedoor.errors import ExitCode, FacedoorError
from facedoor.languages import _
from facedoor.printable import printable
from facedoor.times import local_text

if TYPE_CHECKING:
    import socket

    from facedoor.wire.live import Live

CHUNK_BYTES = 65536

PATIENCE_S = 1.0
"""How often the screen is drawn anew while nothing comes."""


def watch(options: argparse.Namespace, _settings: Config) -> ExitCode:
    """Show the running door live: what its camera sees, who comes, what each step takes."""
    from facedoor.hardware.relay_off import RUNTIME_DIRECTORY, runtime_directory

    directory = runtime_directory() or Path(RUNTIME_DIRECTORY)
    try:
        with attached(directory) as connection:
            lines = lines_of(connection)
            if options.json:
                for line in lines:
                    if line:
                        print_raw(printable(line.decode(errors="replace")))
            elif sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb":
                _draw(lines)
            else:
                _tell(lines)
    except KeyboardInterrupt:
        return ExitCode.DONE
    hint(_("facedoor: the door's service has ended"))
    return ExitCode.NEGATIVE


@contextmanager
def attached(directory: Path) -> Iterator[socket.socket]:
    """A connection to the service that has this runtime directory.

    Raises :class:`FacedoorError`.
    """
    import socket

    from facedoor.wire import live

    path = directory / live.SOCKET
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(PATIENCE_S)
    with connection:
        try:
            connection.connect(str(path))
        except PermissionError as error:
            raise FacedoorError(
                _(
                    "this user may not watch the door, by {path}: run it with sudo, or join the "
                    "group facedoor: sudo usermod -aG facedoor $USER, then log in again"
                ).format(path=path)
            ) from error
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError) as error:
            raise FacedoorError(
                _(
                    "no service runs here that can be watched, there is no {path}: sudo systemctl "
                    "start facedoor; one that is started by hand, and this command, find their "
                    "folder in RUNTIME_DIRECTORY"
                ).format(path=path)
            ) from error
        except OSError as error:
            raise FacedoorError(
                _(
                    "the service cannot be watched by {path} ({strerror}): if it does not answer, "
                    "sudo systemctl restart facedoor"
                ).format(path=path, strerror=error.strerror or error)
            ) from error
        yield connection


def lines_of(connection: socket.socket) -> Iterator[bytes]:
    """The lines of the service, until it ends, and an empty one whenever none comes for
    :data:`PATIENCE_S`. Raises :class:`FacedoorError` for what no service says."""
    from facedoor.wire import live

    rest = b""
    while True:
        try:
            chunk = connection.recv(CHUNK_BYTES)
        except TimeoutError:
            yield b""
            continue
        except OSError:
            return
        if not chunk:
            return
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
        if len(rest) > live.LONGEST_LINE_BYTES:
            raise FacedoorError(_("what answers at the door's socket is no facedoor: restart it"))


def _said(lines: Iterator[bytes]) -> Iterator[Live | None]:
    from facedoor.wire import live

    for line in lines:
        try:
            yield live.decode(line) if line else None
        except (ValueError, RecursionError) as error:
            raise FacedoorError(
                _(
                    "the service says what this version of facedoor does not understand: restart "
                    "facedoor ({error})"
                ).format(error=error)
            ) from error


def _tell(lines: Iterator[bytes]) -> None:
    """Only the news, where there is no terminal to draw in."""
    from facedoor.cli.live_words import of_news
    from facedoor.wire.live import LiveNews

    visitors = VisitorNumbers()
    for said in _said(lines):
        if isinstance(said, LiveNews):
            text = visitors.said(said.event.get("track"), of_news(said))
            show(printable(f"{local_text(said.time, seconds=True)} {text}"))


def _draw(lines: Iterator[bytes]) -> None:
    from facedoor.cli.live_screen import LiveScreen, shown_on
    from facedoor.setup.preview import has_all_colours
    from facedoor.wire.live import LiveNews

    has_colours = None if os.environ.get("NO_COLOR") else has_all_colours(os.environ)
    screen = LiveScreen(has_colours)
    with shown_on(sys.stdout) as draw:
        for said in _said(lines):
            screen.take(said, time.monotonic())
            if not isinstance(said, LiveNews):
                size = os.get_terminal_size(sys.stdout.fileno())
                draw(screen.drawn(size.columns, size.lines, time.monotonic()))
