"""What the doorkeeper asks the access rules: who may come in now, beyond whose face it is."""

from __future__ import annotations

from typing import Protocol

from facedoor.wire.events import Decision


class Access(Protocol):
    """The rules of a door. Every method is called in the doorkeeper's thread.

    :meth:`judge` and :meth:`present` may be called while the relay is on, so they must not touch
    the disk; :meth:`written` may. Whatever the first two raise ends in a refusal, ``degraded``.
    """

    def judge(self, decision: Decision) -> Decision:
        """What becomes of a decision of the frame path, before it is written.

        A grant may become a refusal: out of hours, locked out, or a second person or a second
        factor is still missing. A refusal stays one.
        """

    def present(self, code: str | None, /) -> Decision | None:
        """A PIN was typed, or the button of the second factor was pressed: ``None``.

        The grant that it completes, a refusal, or ``None`` when nobody waited for it.
        """

    def written(self, decision: Decision) -> None:
        """``decision`` is in the journal, and the relay is off: the time to count and to keep."""


class AnyTime:
    """No rules: whoever is recognised comes in."""

    def judge(self, decision: Decision) -> Decision:
        return decision

    def present(self, _code: str | None, /) -> Decision | None:
        return None

    def written(self, decision: Decision) -> None:
        pass
