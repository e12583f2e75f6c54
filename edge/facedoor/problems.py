"""The board of problems: what is wrong with the door now, in one place.

Every part writes its own problems here and clears them; status, telemetry, ``facedoor check`` and
the log read them. A problem has a stable code for programs and a sentence for people, which says
what happened and what to do next. What has passed disappears when its part clears it.
"""

from __future__ import annotations

import enum
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from facedoor.times import utc_now

log = logging.getLogger(__name__)


class Severity(enum.StrEnum):
    """How much of the door a problem takes away."""

    ERROR = "error"
    """The door opens for nobody, or for fewer than it should."""
    WARNING = "warning"
    """The door works; something beside it does not."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. ``since`` is RFC 3339 UTC.

    ``about`` tells problems of one ``code`` apart, such as the topics that a broker forbids.
    ``figures`` are those of the sentence, by name, for who says it in other words.
    """

    code: str
    severity: Severity
    sentence: str
    since: str
    about: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


class Board:
    """The problems of one door. Every method may be called from every thread, and none waits."""

    def __init__(self) -> None:
        self.changed: Callable[[], None] = lambda: None
        """Called after each change, from the thread that made it; it must not block."""
        self._problems: dict[tuple[str, str], Problem] = {}
        self._writing = threading.Lock()

    def report(
        self,
        code: str,
        sentence: str | None,
        severity: Severity = Severity.WARNING,
        about: str = "",
        figures: Mapping[str, float] | None = None,
    ) -> None:
        """Put up a problem, or say it in other words; ``None`` takes it down.

        Saying the same again changes nothing, so a part may report in every round.
        """
        key = (code, about)
        with self._writing:
            known = self._problems.get(key)
            if sentence is None:
                self._problems.pop(key, None)
            elif known is None:
                since = utc_now()
                self._problems[key] = Problem(code, severity, sentence, since, about, figures or {})
            else:
                self._problems[key] = replace(
                    known, severity=severity, sentence=sentence, figures=figures or {}
                )
            if self._problems.get(key) == known:
                return
        if sentence is not None:
            level = logging.ERROR if severity is Severity.ERROR else logging.WARNING
            log.log(level, "%s", sentence)
        elif known is not None:
            log.warning("no longer: %s", known.sentence)
        self.changed()

    def clear(self, code: str) -> None:
        """Take down all problems of a code."""
        for problem in self.problems:
            if problem.code == code:
                self.report(code, None, about=problem.about)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong now, errors first, of each severity the oldest first."""
        with self._writing:
            found = list(self._problems.values())
        return tuple(sorted(found, key=lambda problem: (problem.severity, problem.since)))
