"""Remote enrolment: commands enrol one person at a time, in a thread and with a reader of its own.

So the server goes on: nobody has to wait with a lockdown until somebody has looked into the camera.
The models are loaded for each enrolment, about 80 MB, and let go after it; what the allocator keeps
of that serves the next one.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
import threading
from collections.abc import Callable

from facedoor.camera.live import FrameTap
from facedoor.camera.pictures import decode_sent_picture
from facedoor.commands.authority import Authority
from facedoor.commands.order import TellOutcome
from facedoor.commands.people_changes import Enrolment
from facedoor.frames import Image
from facedoor.identity.batch import Mandate
from facedoor.identity.enrolment import EnrolmentResult
from facedoor.identity.guard import Guard
from facedoor.printable import counted
from facedoor.visit.recogniser import Recogniser, as_pictures, capture, picture_of_visit
from facedoor.wire.outcomes import Outcome, Refusal, RefusedError
from facedoor.wire.people_requests import Enroll
from facedoor.wire.picture_requests import EnrollVisit

STOP_S = 0.3

log = logging.getLogger(__name__)


class RemoteEnrolment:
    """Enrols from pictures that were sent, or from frames of the door's camera."""

    def __init__(self, open_recogniser: Callable[[], Recogniser], frame_tap: FrameTap) -> None:
        """``open_recogniser`` is called in the thread of each enrolment."""
        self._open_recogniser = open_recogniser
        self._frame_tap = frame_tap
        self._thread: threading.Thread | None = None

    def begin(
        self,
        request: Enrolment,
        authority: Authority,
        mandate: Mandate,
        tell: TellOutcome,
    ) -> None:
        """Start an enrolment. Raises :class:`RefusedError` while another one is under way."""
        if self._thread is not None and self._thread.is_alive():
            raise RefusedError(Refusal.BUSY)
        enrol = functools.partial(self._enrol, request, authority, mandate, tell)
        self._thread = threading.Thread(
            target=_run, args=(enrol, tell), name="facedoor-enrolment", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End a capture that is under way. Returns soon: an enrolment happens at once or not."""
        self._frame_tap.close()
        if self._thread is not None:
            self._thread.join(STOP_S)

    def _enrol(
        self,
        request: Enrolment,
        authority: Authority,
        mandate: Mandate,
        tell: TellOutcome,
    ) -> Outcome:
        with self._open_recogniser() as recogniser:
            guard = functools.partial(
                authority.require_to_add, recogniser.db, recogniser.gallery, recogniser.rules
            )
            pictures = self._pictures(request, recogniser, guard, tell)
            return _outcome(recogniser.enrol(request.person, pictures, mandate, guard))

    def _pictures(
        self,
        request: Enrolment,
        recogniser: Recogniser,
        guard: Guard,
        tell: TellOutcome,
    ) -> list[tuple[str, Callable[[], Image]]]:
        """The pictures, each with the name under which its verdict is told."""
        if isinstance(request, Enroll):
            names = [f"image {number}" for number in range(1, len(request.images) + 1)]
            return [
                (name, functools.partial(decode_sent_picture, image, name))
                for name, image in zip(names, request.images, strict=True)
            ]
        if isinstance(request, EnrollVisit):
            of_visit = functools.partial(picture_of_visit, recogniser.pictures, request.visit)
            return [("visit", of_visit)]
        with self._frame_tap as camera:
            shots = capture(
                camera,
                recogniser.enrolment_reader,
                request.shots.frames,
                lambda text: tell(Outcome("progress", text)),
                request.shots.within_s,
                guard,
            )
        return as_pictures(shots, "frame")


def _run(enrol: Callable[[], Outcome], tell: TellOutcome) -> None:
    try:
        outcome = enrol()
    except Exception as error:
        outcome = Outcome.of(error)
        if outcome.outcome == "failed":
            log.exception("an enrolment failed")
    tell(outcome)


def _outcome(result: EnrolmentResult) -> Outcome:
    accepted = sum(image.accepted for image in result.images)
    values = {
        "person": result.person,
        "templates": result.templates,
        "images": [dataclasses.asdict(image) for image in result.images],
    }
    counts = {"accepted": accepted, "rejected": len(result.images) - accepted}
    if accepted:
        text = f"{result.person} has {counted(result.templates, 'template')}"
        return Outcome("done", text, None, values, result.person, counts)
    refusal = Refusal.NO_FIT_PICTURE
    return Outcome("refused", refusal.explanation, refusal, values, result.person, counts)
