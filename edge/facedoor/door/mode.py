"""The door's mode: who may have it released at all."""

from __future__ import annotations

import enum


class Mode(enum.StrEnum):
    """What the door answers to."""

    NORMAL = "normal"
    """Faces and commands."""
    FACE_OFF = "face_off"
    """Commands only."""
    LOCKDOWN = "lockdown"
    """Nothing."""
