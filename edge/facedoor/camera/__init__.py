"""Where frames come from: one small protocol; :mod:`facedoor.camera.source` opens each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from facedoor.frames import Frame


class Camera(Protocol):
    """A source of frames. Opened by its constructor, which raises :class:`CameraError`."""

    recorded: bool
    """True where the frames exist already: then none is dropped, and the source has an end."""

    def read(self) -> Frame | None:
        """The next frame, waiting for it; ``None`` when a recorded source is at its end.

        A recorded source hands frames out no faster than its own clock runs. Raises
        :class:`CameraError` when a live camera stops delivering.
        """

    def meter(self, _brightness: float | None, _is_lit: bool, /) -> None:
        """The newest frame that was judged shows a face of this mean grey level, or none, and the
        door's lamp is on or off: a camera that can exposes for the face, an imagined scene is lit,
        others do nothing. Does not wait."""
        return

    def close(self) -> None:
        """Release the device. Calling it again does nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
