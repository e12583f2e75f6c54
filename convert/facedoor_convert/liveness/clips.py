"""Which clips are measured: ``DIR/live`` shows living people, any other folder a kind of attack.

The words are those of ISO/IEC 30107-3: what an attacker holds up is a *presentation attack
instrument*, a kind of them a *species*, and a living person a *bona fide* presentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from facedoor.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

LIVE = "live"
"""The folder of the living."""

_LAYOUT = "put videos of living people in DIR/live and of attacks in DIR/SPECIES, such as DIR/print"


@dataclass(frozen=True, slots=True)
class Clip:
    """One video. ``species`` is the name of its folder."""

    path: Path
    species: str

    @property
    def name(self) -> str:
        """As tables and reports call it: ``print/ada.mp4``."""
        return f"{self.species}/{self.path.name}"

    @property
    def is_live(self) -> bool:
        return self.species == LIVE


def clips_in(folder: Path) -> tuple[Clip, ...]:
    """The clips of ``folder``, the living first, then by species and name.

    Raises :class:`UsageError` for a folder without clips of both kinds, and for one of its folders
    that has none.
    """
    try:
        names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    except OSError as error:
        raise UsageError(f"cannot read {folder} ({error.strerror}): {_LAYOUT}") from error
    species = [name for name in names if name != LIVE and not name.startswith(".")]
    if LIVE not in names:
        raise UsageError(f"{folder} has no folder {LIVE}: {_LAYOUT}")
    if not species:
        raise UsageError(f"{folder} has no folder of attacks beside {LIVE}: {_LAYOUT}")
    return tuple(clip for name in (LIVE, *species) for clip in _clips_of(folder / name))


def _clips_of(folder: Path) -> list[Clip]:
    try:
        files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise UsageError(f"cannot read {folder} ({error.strerror}): check its rights") from error
    if not files:
        raise UsageError(f"{folder} is empty: put clips in it, or remove it")
    return [Clip(path, folder.name) for path in files]
