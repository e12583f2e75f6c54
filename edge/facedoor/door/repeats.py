"""Which answers of the door a visit has had already: told once, however often it is tried again.

The frame path says of its own refusals whether they are the visit's first. Where it granted, the
door's refusal is known only here.
"""

from __future__ import annotations

import dataclasses
from collections import deque

from facedoor.access.lockout import counts
from facedoor.reasons import Reason
from facedoor.wire.decisions import Decision

REMEMBERED = 64
"""Answers; there are never so many visits at a time."""


class Repeats:
    """The last refusals of the door. Belongs to one thread, the doorkeeper's."""

    def __init__(self) -> None:
        self._told: deque[tuple[int, Reason]] = deque(maxlen=REMEMBERED)

    def marked(self, decision: Decision) -> Decision:
        """The ``decision`` as it is to be written: as one that the visit has heard, or a new one.

        A refusal in place of a grant that was tried again is judged by what :meth:`remember` knows.
        """
        again = decision.again and not decision.granted
        if decision.person is not None:
            again = again and (decision.track, decision.reason) in self._told
        return dataclasses.replace(decision, again=again)

    def remember(self, decision: Decision) -> None:
        """This is told about somebody whom the frame path had granted, if it is a refusal."""
        if not decision.granted and decision.person is not None:
            self._told.append((decision.track, decision.reason))


def leaves_no_trace(decision: Decision) -> bool:
    """Whether nothing has to be written of a decision: told before, and counted nowhere."""
    return decision.again and not counts(decision)
