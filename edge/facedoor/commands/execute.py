"""Who carries out each request, and what the door itself does for one."""

from __future__ import annotations

from typing import assert_never

from facedoor.clock import DoorClock
from facedoor.commands.access_changes import AccessChanges
from facedoor.commands.key_changes import KeyChanges
from facedoor.commands.order import Order, StateFile, TellOutcome
from facedoor.commands.people_changes import Enrolments, PeopleChanges
from facedoor.commands.picture_orders import PictureOrders
from facedoor.commands.readings import About, Readings
from facedoor.door.doorkeeper import Doorkeeper
from facedoor.door.mode_switch import ModeSwitch
from facedoor.times import utc_now
from facedoor.wire.access_requests import AccessChange
from facedoor.wire.decisions import ReleaseDecision
from facedoor.wire.door_requests import SetMode, SwitchFaces, Unlock
from facedoor.wire.events import ModeChanged
from facedoor.wire.key_requests import KeyChange
from facedoor.wire.mode import Mode
from facedoor.wire.outcomes import Outcome, Refusal, RefusedError
from facedoor.wire.people_requests import PeopleChange
from facedoor.wire.picture_requests import EnrollVisit, Label, ShowPictures
from facedoor.wire.reading_requests import Reading


class Executor:
    """Carries out orders. Belongs to the server's thread."""

    def __init__(
        self,
        state: StateFile,
        door: Doorkeeper,
        switch: ModeSwitch,
        enrolments: Enrolments,
        clock: DoorClock,
        about: About,
    ) -> None:
        self.state = state
        self._door = door
        self._switch = switch
        self._readings = Readings(state, switch, about, clock)
        self._people = PeopleChanges(state, enrolments)
        self._pictures = PictureOrders(state)
        self._access = AccessChanges(state)
        self._keys = KeyChanges(state, lambda: clock.reading().now_s)

    @property
    def mode_is_signed(self) -> bool:
        """Whether a signature alone can allow what the mode forbids."""
        return self._switch.is_signed

    def run(self, order: Order, tell: TellOutcome) -> None:
        """Carry out an order and ``tell`` the outcome, now or later.

        Raises :class:`RefusedError` or :class:`UsageError` for what cannot be; anything may break.
        """
        request = order.request
        # Asked here, since a lockdown may have been on its way before it.
        if order.key is None and self._switch.mode is Mode.LOCKDOWN and isinstance(request, Unlock):
            raise RefusedError(Refusal.LOCKDOWN)
        if isinstance(request, Reading):
            tell(self._readings.answer(order, request))
        elif isinstance(request, PeopleChange):
            self._people.carry_out(order, request, tell)
        elif isinstance(request, EnrollVisit):
            self._pictures.require_picture(request.visit)
            self._people.begin_enrolment(order, request, tell)
        elif isinstance(request, ShowPictures):
            tell(self._pictures.show(order, request))
        elif isinstance(request, Label):
            tell(self._pictures.label(order, request))
        elif isinstance(request, AccessChange):
            tell(self._access.carry_out(order, request))
        elif isinstance(request, KeyChange):
            tell(self._keys.carry_out(order, request))
        elif isinstance(request, Unlock):
            release = ReleaseDecision.grant(order.by, request.reason, order.id)
            self._door.release(
                release, lambda decision: tell(_released(decision)), order.authority.objection
            )
        elif isinstance(request, SetMode):
            tell(self._set_mode(order, request))
        else:
            assert_never(request)

    def _set_mode(self, order: Order, request: SetMode) -> Outcome:
        is_signed, mode = order.key is not None, request.mode
        if not self._switch.may_be_turned(mode, is_signed):
            raise RefusedError(
                Refusal.NOT_ALLOWED_NOW,
                f"a signed command has {_DONE_BY_IT[self._switch.mode]}, and only a signed one "
                "ends that",
            )
        if isinstance(request, SwitchFaces) and self._switch.mode is Mode.LOCKDOWN:
            raise RefusedError(Refusal.LOCKDOWN)
        with self._switch.turning(self.state.db, mode, is_signed), self.state.authorised(order):
            self.state.journal.append(ModeChanged(utc_now(), mode, order.by, order.id))
        self._door.look()
        return Outcome.done(f"the mode is {mode}", mode=mode.value)


_DONE_BY_IT = {
    Mode.FACE_OFF: "switched faces off",
    Mode.LOCKDOWN: "locked the door down",
}


def _released(decision: ReleaseDecision) -> Outcome:
    if decision.granted:
        return Outcome.done("the door is released")
    return Outcome("refused", decision.reason.guidance, decision.reason.value)
