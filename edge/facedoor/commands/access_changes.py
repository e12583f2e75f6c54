"""What becomes of a request to change who may come in when."""

from __future__ import annotations

import dataclasses
from typing import assert_never

from facedoor.access.document import to_show
from facedoor.commands.order import Order, StateFile
from facedoor.wire.access_requests import AccessChange, Allow, SetRules
from facedoor.wire.outcomes import Outcome


class AccessChanges:
    """Carries them out. Belongs to the server's thread."""

    def __init__(self, state: StateFile) -> None:
        self._state = state

    def carry_out(self, order: Order, request: AccessChange) -> Outcome:
        """The outcome; raises as :meth:`facedoor.commands.execute.Executor.run`."""
        match request:
            case SetRules():
                with self._state.authorised(order):
                    self._state.rules.set_rules(request.text, order.by)
                return Outcome.done("the rules are changed")
            case Allow():
                return self._allow(order, request)
            case _:
                assert_never(request)

    def _allow(self, order: Order, request: Allow) -> Outcome:
        with self._state.authorised(order):
            name, permission = self._state.rules.allow(
                request.person,
                lambda known: dataclasses.replace(known, **request.changes),
                order.by,
            )
        shown = to_show(permission, with_duress=True)
        return Outcome.done(f"what {name} may is changed", person=name, **shown)
