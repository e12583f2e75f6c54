"""What becomes of a request about the picture of a visit, and about whose visit it was."""

from __future__ import annotations

from typing import Any

from facedoor.commands.order import Order, StateFile
from facedoor.commands.sealed_for import sealed_for
from facedoor.printable import counted
from facedoor.times import utc_now
from facedoor.wire.outcomes import Outcome, Refusal, RefusedError
from facedoor.wire.picture_requests import Label, ShowPictures
from facedoor.wire.visit_events import Labelled, PicturesSeen


class PictureOrders:
    """Carries them out. Belongs to the server's thread."""

    def __init__(self, state: StateFile) -> None:
        self._state = state

    def show(self, order: Order, request: ShowPictures) -> Outcome:
        """The pictures that there are, sealed for whoever asked. That they were looked at is in the
        journal, on the disk, before anybody has them."""
        found = {visit: self._state.pictures.get(visit) for visit in request.visits}
        pictures: list[dict[str, Any]] = []
        for visit, jpeg in found.items():
            if jpeg is None:
                pictures.append({"visit": visit, "reason": Refusal.NO_PICTURE.value})
            else:
                pictures.append({"visit": visit, **sealed_for(request.to, visit, jpeg)})
        seen = tuple(visit for visit, jpeg in found.items() if jpeg is not None)
        if not seen:
            raise RefusedError(Refusal.NO_PICTURE)
        with self._state.authorised(order):
            self._state.journal.append(PicturesSeen(utc_now(), seen, order.by))
        return Outcome.done(counted(len(seen), "picture"), pictures=pictures)

    def label(self, order: Order, request: Label) -> Outcome:
        """Write down whose visit it was; of somebody who is enrolled, and of a visit that the
        journal knows."""
        with self._state.authorised(order):
            person = self._state.gallery.person(request.person).name
            if not self._state.pictures.is_visit(request.visit):
                raise RefusedError(Refusal.UNKNOWN_VISIT)
            self._state.journal.append(Labelled(utc_now(), request.visit, person, order.by))
        return Outcome.done(f"the visit is noted as that of {person}", person=person)

    def require_picture(self, visit: str) -> None:
        """Raise :class:`RefusedError` unless one is kept."""
        if self._state.pictures.get(visit) is None:
            raise RefusedError(Refusal.NO_PICTURE)
