"""Who looks at the running door at its socket, and that nothing they do reaches the door."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import sys
import tempfile
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from door_kit import DEADLINE_S, ended
from doorway import grant, refusal, status
from facedoor.camera.pictures import decode_picture
from facedoor.cli.watch import attached, lines_of
from facedoor.errors import FacedoorError
from facedoor.frames import Frame
from facedoor.reasons import Reason
from facedoor.service.spectators import WIDTH_PX, Spectators, open_spectators
from facedoor.service.watch_socket import LINES_KEPT, MOST
from facedoor.visit.report import FaceView, FrameReport
from facedoor.wire import live
from facedoor.wire.bands import told
from facedoor.wire.live import LiveDoor, LiveFrame, LiveNews
from facedoor.wire.mode import Mode
from faces import face_at

Kind = TypeVar("Kind")
FACE = face_at(640, 480, 200)
REPORT = FrameReport(
    True, (FaceView(7, FACE, None, Reason.TOO_DARK, None),), latency_ms={"detect": 12.5}
)


def frame(number: int = 1) -> Frame:
    picture = np.random.default_rng(number).integers(0, 255, (960, 1280, 3), np.uint8)
    return Frame(picture, picture, number / 15, number)


class Onlooker:
    """Somebody at the socket, who reads what they are told only when asked."""

    def __init__(self, directory: Path) -> None:
        self._stack = contextlib.ExitStack()
        self.connection = self._stack.enter_context(attached(directory))
        self.connection.settimeout(0.02)
        self._lines = lines_of(self.connection)

    def sees(self, kind: type[Kind], meanwhile: Callable[[], object] = lambda: None) -> Kind:
        """The next that they are told of this kind; ``meanwhile`` goes on until it comes."""
        end_s = time.monotonic() + DEADLINE_S
        for line in self._lines:
            assert time.monotonic() < end_s, f"waited in vain for a {kind.__name__}"
            meanwhile()
            said = live.decode(line) if line else None
            if isinstance(said, kind):
                return said
        raise AssertionError(f"let go without any {kind.__name__}")

    def is_let_go(self) -> bool:
        """Whether nothing more comes, now or ever."""
        return all(self._lines)

    def leave(self) -> None:
        self._stack.close()


def environment(folder: Path) -> dict[str, str]:
    return {"RUNTIME_DIRECTORY": str(folder)}


def opened(folder: Path) -> Spectators:
    spectators = open_spectators("front", lambda: Mode.NORMAL, lambda: True, environment(folder))
    assert spectators is not None
    return spectators


@contextlib.contextmanager
def closing_all(*onlookers: Onlooker) -> Iterator[tuple[Onlooker, ...]]:
    try:
        yield onlookers
    finally:
        for onlooker in onlookers:
            onlooker.leave()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o710)
    return folder


@pytest.fixture
def spectators(folder: Path) -> Iterator[Spectators]:
    spectators = opened(folder)
    spectators.start()
    yield spectators
    spectators.stop()


class Door:
    """What the worker and the doorkeeper do, in this thread: if they had to wait, so would it."""

    def __init__(self, spectators: Spectators) -> None:
        self.spectators = spectators
        self.frames = 0

    def judges(self) -> None:
        self.frames += 1
        self.spectators.watching(frame(self.frames), REPORT)

    def is_seen_by(self, onlooker: Onlooker) -> LiveFrame:
        return onlooker.sees(LiveFrame, meanwhile=self.judges)


@pytest.fixture
def door(spectators: Spectators) -> Door:
    return Door(spectators)


def test_while_nobody_looks_no_frame_and_no_event_is_kept(spectators: Spectators) -> None:
    seen = frame()
    is_kept = weakref.ref(seen.main)
    spectators.watching(seen, REPORT)
    spectators.happened(grant(1))
    del seen
    assert is_kept() is None
    assert not [value for value in vars(spectators).values() if isinstance(value, deque) and value]


def test_who_looks_sees_door_frame_face_stages_and_what_happens(door: Door, folder: Path) -> None:
    door.spectators.stands(status(on=False, time="2026-11-24T09:30:00.000Z"))
    with closing_all(Onlooker(folder)) as (ada,):
        told_first = ada.sees(LiveDoor)
        assert (told_first.name, told_first.state and told_first.state.is_locked) == ("front", True)
        seen = door.is_seen_by(ada)
        assert decode_picture(seen.jpeg, "frame").shape == (240, WIDTH_PX, 3)
        (face,) = seen.faces
        assert face.text == Reason.TOO_DARK.guidance
        assert seen.lamp
        box = FACE.box.scaled(1 / 1280, 1 / 960)
        sides = (box.left, box.top, box.right, box.bottom)
        assert face.box == pytest.approx(sides, abs=1e-4)
        assert seen.latency_ms == {"detect": 12.5}
        refused = replace(refusal(7), visit="3f9a1c07-1", looks={Reason.UNKNOWN: 3}, nearest="Ada")
        door.spectators.happened(refused)
        news = ada.sees(LiveNews)
        assert news.text == "somebody, not recognised: 3 looks"
        assert news.event == told(refused.as_json())
        assert "Ada" not in str(news)
        door.spectators.happened(grant(8))
        assert ada.sees(LiveNews).text == "Ada came in"
        door.spectators.stands(status(on=True, time="2026-11-24T09:30:01.000Z"))
        changed = ada.sees(LiveDoor)
        assert changed.state is not None
        assert not changed.state.is_locked


def test_one_who_never_reads_holds_up_neither_the_door_nor_the_others(
    door: Door, folder: Path
) -> None:
    with closing_all(Onlooker(folder), Onlooker(folder)) as (stuck, ada):
        for _ in range(3):
            door.is_seen_by(ada)
            for track in range(LINES_KEPT):
                door.spectators.happened(grant(track))
            while ada.sees(LiveNews).event["track"] != LINES_KEPT - 1:
                pass
        assert stuck.sees(LiveDoor).name == "front"
        while "got lost, since nobody read them" not in stuck.sees(LiveNews).text:
            pass


def test_one_who_floods_the_socket_is_not_listened_to(door: Door, folder: Path) -> None:
    with closing_all(Onlooker(folder), Onlooker(folder)) as (flooding, ada):
        door.is_seen_by(ada)
        door.is_seen_by(flooding)
        with pytest.raises(BrokenPipeError):
            flooding.connection.sendall(b"x" * 1_000_000)
        door.is_seen_by(ada)


def test_many_who_come_and_go_at_once_leave_the_others_their_view(door: Door, folder: Path) -> None:
    with closing_all(Onlooker(folder)) as (ada,):
        door.is_seen_by(ada)
        for _ in range(50):
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as rude:
                rude.setblocking(False)
                rude.connect(str(folder / live.SOCKET))
        door.is_seen_by(ada)


def test_one_who_dies_makes_room_for_the_next_and_more_than_the_most_are_told_so(
    door: Door, folder: Path
) -> None:
    with closing_all(*(Onlooker(folder) for _ in range(MOST))) as onlookers:
        for onlooker in onlookers:
            door.is_seen_by(onlooker)
        with closing_all(Onlooker(folder)) as (one_too_many,):
            assert "watch already" in one_too_many.sees(LiveNews).text
            assert one_too_many.is_let_go()
        onlookers[0].leave()
        with closing_all(Onlooker(folder)) as (next_one,):
            door.is_seen_by(next_one)


def test_all_are_let_go_and_the_socket_is_gone_when_the_service_ends(
    door: Door, folder: Path
) -> None:
    with closing_all(Onlooker(folder)) as (ada,):
        door.is_seen_by(ada)
        door.spectators.stop()
        assert ada.is_let_go()
    with pytest.raises(FacedoorError, match="no service runs here"), attached(folder):
        pass


def test_socket_that_a_killed_service_left_is_replaced(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(folder / live.SOCKET))
    with pytest.raises(FacedoorError, match="no service runs here"), attached(folder):
        pass
    spectators = opened(folder)
    spectators.start()
    with closing_all(Onlooker(folder)) as (ada,):
        assert ada.sees(LiveDoor).name == "front"
    spectators.stop()


def test_socket_is_for_user_and_group_and_in_no_folder_in_which_others_may_write(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    opened(folder).stop()
    spectators = opened(folder)
    assert stat.S_IMODE((folder / live.SOCKET).stat().st_mode) == 0o660
    spectators.stop()
    folder.chmod(0o720)
    assert open_spectators("front", lambda: Mode.NORMAL, lambda: True, environment(folder)) is None
    assert "others may write there" in caplog.text
    assert open_spectators("front", lambda: Mode.NORMAL, lambda: None, {}) is None


NOBODY, SOMEBODY = 65534, 65533
CONNECT = """
import socket, sys
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(sys.argv[1])
    print(connection.recv(5) == b'{"doo')
"""


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that everybody can reach: those of pytest are for their owner alone."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_stranger_whom_the_rights_of_the_files_let_in_is_turned_away_by_their_credentials(
    public_folder: Path,
) -> None:
    folder = public_folder
    spectators = opened(folder)
    spectators.start()
    for path in (folder / live.SOCKET, folder):
        path.chmod(0o777)

    def sees(*identity: str) -> str:
        command = ("setpriv", f"--reuid={NOBODY}", *identity, sys.executable, "-c", CONNECT)
        return ended(*command, str(folder / live.SOCKET)).out.strip()

    assert sees(f"--regid={NOBODY}", "--clear-groups") == "False"
    assert sees(f"--regid={NOBODY}", f"--groups={SOMEBODY}") == "False"
    assert sees(f"--regid={NOBODY}", f"--groups={SOMEBODY},{os.getegid()}") == "True"
    assert sees(f"--regid={os.getegid()}", "--clear-groups") == "True"
    spectators.stop()
