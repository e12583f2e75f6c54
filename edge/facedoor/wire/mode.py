"""The door's mode: who may come in at all."""

from __future__ import annotations

import enum


class Mode(enum.StrEnum):
    """What the door opens for."""

    NORMAL = "normal"
    """Faces, and commands."""
    FACE_OFF = "face_off"
    """Commands only."""
    LOCKDOWN = "lockdown"
    """Nothing; a pulse that is on its way ends."""
