"""What becomes of a request to change whom the door knows."""

from __future__ import annotations

import dataclasses
from typing import Protocol, TypeAlias, assert_never

from facedoor.commands.authority import Authority
from facedoor.commands.order import Order, StateFile, TellOutcome
from facedoor.identity.batch import Mandate
from facedoor.names import clean_name
from facedoor.wire.outcomes import Outcome, Refusal, RefusedError
from facedoor.wire.people_requests import Capture, Enroll, PeopleChange, Remove, Rename
from facedoor.wire.picture_requests import EnrollVisit

Enrolment: TypeAlias = Enroll | Capture | EnrollVisit


class Enrolments(Protocol):
    """Who takes pictures and makes templates of them, in a thread of their own."""

    def begin(
        self,
        request: Enrolment,
        authority: Authority,
        mandate: Mandate,
        tell: TellOutcome,
    ) -> None:
        """Start one, and tell of its progress and its end.

        It goes on for as long as its ``authority`` stands, and no longer. Raises
        :class:`RefusedError` while another one is under way.
        """


class PeopleChanges:
    """Carries them out. Belongs to the server's thread."""

    def __init__(self, state: StateFile, enrolments: Enrolments) -> None:
        self._state = state
        self._enrolments = enrolments

    def carry_out(self, order: Order, request: PeopleChange, tell: TellOutcome) -> None:
        """``tell`` the outcome, now or later; raises as
        :meth:`facedoor.commands.execute.Executor.run`."""
        match request:
            case Enroll() | Capture():
                self.begin_enrolment(order, request, tell)
            case Remove():
                removal = self._state.gallery.remove(
                    request.person,
                    lambda: order.authority.require(self._state.db, self._state.gallery),
                )
                tell(Outcome.done(str(removal), person=request.person))
            case Rename():
                with self._state.authorised(order):
                    name = self._state.gallery.rename(request.person, request.to)
                told = Outcome.done(f"{request.person} is now {name}", person=name)
                tell(dataclasses.replace(told, about=name))
            case _:
                assert_never(request)

    def begin_enrolment(self, order: Order, request: Enrolment, tell: TellOutcome) -> None:
        """Have pictures taken, or read, in a thread of its own."""
        if request.although_similar_to and not order.is_admins:
            raise RefusedError(
                Refusal.WRONG_ROLE, "only an admin's key may say that people are alike and two"
            )
        db, gallery = self._state.db, self._state.gallery
        for name in request.although_similar_to:
            gallery.person(name)
        if gallery.find(request.person) is None:
            clean_name(request.person)  # now, and not after the pictures are taken
        authority = order.authority.for_later(db, gallery, self._state.site)
        authority.require_to_add(db, gallery, self._state.rules)
        visit = request.visit if isinstance(request, EnrollVisit) else None
        mandate = Mandate(order.by, order.is_admins, request.although_similar_to, visit)
        self._enrolments.begin(request, authority, mandate, tell)
