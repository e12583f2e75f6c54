"""Fills the state file of a simulated door: its people, its past, and that its clock is right."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np

from facedoor.camera.pictures import read_picture
from facedoor.config.options import Config
from facedoor.demo import two_doors
from facedoor.demo.past_week import Imagined, imagine
from facedoor.demo.two_doors import RESIDENTS
from facedoor.frames import Image
from facedoor.identity.batch import Mandate
from facedoor.storage.clock_record import clock_of, keep_clock, recall_clock
from facedoor.storage.epoch import VisitIds
from facedoor.storage.journal import Journal
from facedoor.storage.key_file import open_state
from facedoor.storage.pictures import Pictures, VisitPicture
from facedoor.vision.reader import FaceReader
from facedoor.visit.recogniser import Recogniser
from facedoor.wire.decisions import Decision

BY = "simulation"
_PICTURE_PX = 480
_SCORE = 1.0


def fill(settings: Config, photos: Path, told: Callable[[str], None]) -> None:
    """Let people live behind the door of ``settings``, give it rules and a past week, trust its
    clock.

    ``told`` hears a line for each step.
    """
    with Recogniser(settings) as recogniser:
        threshold, reader = recogniser.threshold, recogniser.reader
        count = _past(settings, photos, threshold, reader)
        told(f"{settings.door.name}: a made-up past week of {count} visits")
        for resident in RESIDENTS:
            files = sorted((photos / "train" / resident.folder).glob("*.jpg"))
            pictures = [(file.name, functools.partial(read_picture, file)) for file in files]
            result = recogniser.enrol(
                resident.name, pictures[: resident.photos], Mandate(BY, is_admin=True)
            )
            taken = "1 picture" if result.templates == 1 else f"{result.templates} pictures"
            told(f"{settings.door.name}: {resident.name} enrolled, {taken}")
        recogniser.rules.set_rules(two_doors.RULES, BY)
        for resident in RESIDENTS:
            change = functools.partial(replace, groups=(resident.group,))
            recogniser.rules.allow(resident.name, change, BY)
    with open_state(settings) as (db, vault):
        keep_clock(db, vault, clock_of(db, vault).trusted_by_root(recall_clock(db, vault)))


def _past(settings: Config, photos: Path, threshold: float, reader: FaceReader) -> int:
    """Write the week and return how many visits it has."""
    now, visits = datetime.now().astimezone(), 0
    album = _Album(photos, reader)
    with open_state(settings) as (db, vault):
        journal, pictures, ids = Journal(db, vault), Pictures(db, vault), VisitIds(db)

        def visit_id() -> str | None:
            ids.top_up()
            return ids.take()

        week = list(imagine(settings.door.name, now, threshold, visit_id))
        with journal.together():
            for imagined in week:
                event = imagined.event
                journal.append(event)
                if isinstance(event, Decision) and event.visit and imagined.folder:
                    visits += 1
                    jpeg = album.picture(imagined, visits)
                    pictures.keep(
                        VisitPicture(event.visit, jpeg, _SCORE), settings.storage.pictures_mb
                    )
    return visits


class _Album:
    """Pictures that a door could have kept: faces of photos, in the light of the moment."""

    def __init__(self, photos: Path, reader: FaceReader) -> None:
        self._photos = photos
        self._reader = reader
        self._cut: dict[Path, Image] = {}

    def picture(self, imagined: Imagined, number: int) -> bytes:
        """A JPEG file for the visit of that ``number``."""
        files = sorted((self._photos / "val" / (imagined.folder or "")).glob("*.jpg"))
        path = files[number % len(files)]
        if path not in self._cut:
            self._cut[path] = self._face(path)
        shown = np.clip(self._cut[path] * min(1.0, imagined.light), 0, 255).astype(np.uint8)
        _, data = cv2.imencode(".jpg", shown[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 82])
        return data.tobytes()

    def _face(self, path: Path) -> Image:
        """The face with what is around it, as wide as kept pictures are."""
        photo = read_picture(path)
        box = self._reader.detector.find(photo)[0].box
        height, width = photo.shape[:2]
        side = box.width_px * 1.1
        x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
        left, right = max(0, round(x - side)), min(width, round(x + side))
        top, bottom = max(0, round(y - side * 0.75)), min(height, round(y + side * 0.75))
        cut = photo[top:bottom, left:right]
        scale = min(1.0, _PICTURE_PX / cut.shape[1])
        size = (round(cut.shape[1] * scale), round(cut.shape[0] * scale))
        return cv2.resize(cut, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
