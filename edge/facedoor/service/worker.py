"""The worker: the thread that owns the frame path, from the camera to the doorkeeper."""

from __future__ import annotations

import threading
from collections.abc import Callable

from facedoor.camera import Camera
from facedoor.camera.live import NewestFrame
from facedoor.camera.recorded import RecordedCamera
from facedoor.camera.source import open_camera
from facedoor.config.options import CameraConfig
from facedoor.door.doorkeeper import Doorkeeper
from facedoor.frames import Frame
from facedoor.service.observer import Audience
from facedoor.service.supervision import Supervisor
from facedoor.visit.frame_path import FramePath

STOP_S = 1.0
"""How long the worker may take to finish its frame when the service stops."""


class Worker:
    """Frames in, decisions out, until the source or the service ends."""

    def __init__(
        self,
        config: CameraConfig,
        path: FramePath,
        doorkeeper: Doorkeeper,
        supervisor: Supervisor,
        audience: Audience,
        once: bool,
    ) -> None:
        """``audience`` hears of each frame that was judged, and its summary is counted up.

        ``once`` ends with a recorded source; otherwise it starts over.
        """
        self.error: Exception | None = None
        """What ended the worker before its time."""
        self._config = config
        self._path = path
        self._doorkeeper = doorkeeper
        self._supervisor = supervisor
        self._audience = audience
        self._once = once
        self._stopping = threading.Event()
        self._camera: Camera | None = None
        self._opened: Callable[[], None] = lambda: None
        self._thread: threading.Thread | None = None

    @property
    def has_begun(self) -> bool:
        """Whether the camera was opened."""
        return self._camera is not None

    def start(self, opened: Callable[[], None], ended: Callable[[], None]) -> None:
        """Begin. ``opened`` is called when the camera is open for the first time, ``ended`` when
        nothing more comes; both from the worker's thread."""
        self._opened = opened
        # A daemon: if it hangs in a driver, it must not keep the process alive.
        self._thread = threading.Thread(
            target=self._run, args=(ended,), name="facedoor-worker", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Wake the worker, if it waits for a live camera, and let it conclude the open visits."""
        self._stopping.set()
        camera = self._camera
        if camera is not None and not camera.recorded:
            camera.close()
        if self._thread is not None:
            self._thread.join(STOP_S)

    def _run(self, ended: Callable[[], None]) -> None:
        try:
            self._watch()
            while not (self._once or self._stopping.is_set()):
                self._watch()
        except Exception as error:
            self.error = error
        finally:
            ended()

    def _watch(self) -> None:
        """Judge the frames of the camera, from its opening to its end."""
        self._supervisor.opening_camera()
        with open_camera(self._config.source, self._config) as camera:
            if isinstance(camera, RecordedCamera):
                camera.while_waiting = self._wait
            is_first = self._camera is None
            self._camera = camera
            if is_first:
                self._opened()
            try:
                while not self._stopping.is_set() and (frame := camera.read()) is not None:
                    self._judge(frame)
            finally:
                if isinstance(camera, NewestFrame):
                    self._audience.summary.dropped += camera.dropped
                for decision in self._path.finish():
                    self._doorkeeper.submit(decision)

    def _judge(self, frame: Frame) -> None:
        report = self._path.process(frame)
        self._audience.summary.frames += 1
        for decision in report.decisions:
            self._doorkeeper.submit(decision)
        self._supervisor.judged(self._doorkeeper.stuck_for_s)
        self._audience.watching(frame, report)

    def _wait(self) -> None:
        self._supervisor.waiting(self._doorkeeper.stuck_for_s)
