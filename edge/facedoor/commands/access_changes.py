"""What becomes of a request to change who may come in when."""

from __future__ import annotations

import dataclasses
from typing import assert_never

from facedoor.access.changes import digest
from facedoor.access.document import to_show
from facedoor.access.rule_book import RuleBook
from facedoor.commands.order import Order, StateFile
from facedoor.errors import OvertakenError
from facedoor.wire.access_requests import AccessChange, Allow, SetRules
from facedoor.wire.outcomes import Outcome


def require_unchanged(book: RuleBook, expected: str | None) -> None:
    """Raise :class:`OvertakenError` if there is another document than the one that was edited."""
    if expected is not None and digest(book.document()) != expected:
        raise OvertakenError(
            "somebody has changed the rules since you read them: read them again, and make your "
            "changes in those"
        )


class AccessChanges:
    """Carries them out. Belongs to the server's thread."""

    def __init__(self, state: StateFile) -> None:
        self._state = state

    def carry_out(self, order: Order, request: AccessChange) -> Outcome:
        """The outcome; raises as :meth:`facedoor.commands.execute.Executor.run`."""
        match request:
            case SetRules():
                book = self._state.rules
                with self._state.authorised(order):
                    require_unchanged(book, request.in_place_of)
                    book.set_rules(request.text, order.by)
                return Outcome.done("the rules are changed", hash=digest(book.document()))
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
