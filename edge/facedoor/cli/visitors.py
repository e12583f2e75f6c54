"""How visitors are told apart in what is shown: 1, 2, 3, in the order in which they are mentioned.

Whoever is followed has a track, and most tracks come to nothing that anybody is told of: a face
that was there for a moment, another view of the one before. By their numbers a reader would look
for visitors who never were.
"""

from __future__ import annotations

import threading

from facedoor.languages import _

REMEMBERED = 64
"""So many of the last are known again. Of those before nobody is in view any more."""


class VisitorNumbers:
    """Of one reader; safe for use by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: dict[int, int] = {}
        self._last = 0

    def of(self, track: int) -> int:
        """The number of whoever is on ``track``, a new one at the first mention."""
        with self._lock:
            number = self._numbers.pop(track, 0)
            if not number:
                number = self._last = self._last + 1
            self._numbers[track] = number  # as the latest
            if len(self._numbers) > REMEMBERED:
                del self._numbers[next(iter(self._numbers))]
            return number

    def said(self, track: object, text: str) -> str:
        """``text``, and before it of whom it is said, where that is of a track."""
        if type(track) is not int:
            return text
        return _("visitor {number}: {text}").format(number=self.of(track), text=text)
