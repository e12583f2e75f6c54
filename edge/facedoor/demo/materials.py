"""What a demonstration needs beside the door: a pack, photos of people, and what shows it.

None of it comes along with ``facedoor``: the converter, where it is installed, fetches and makes
the first two.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

from facedoor.errors import ExitCode, FacedoorError

_SHOWN_WITH = ("amqtt", "matplotlib", "rich")
_CONVERTER = "facedoor-convert"
_MADE_WITH = ("ai_edge_quantizer", "facedoor_convert", "flatbuffers", "h5py")
"""The modules that come with the extras ``demo`` and ``convert``."""


def require_installed(*, has_materials: bool) -> None:
    """Raise :class:`FacedoorError` where a demonstration could not be shown, or what it needs not
    be made, unless pack and photos are there."""
    needed = _SHOWN_WITH if has_materials else (*_SHOWN_WITH, *_MADE_WITH)
    lacking = [name for name in needed if importlib.util.find_spec(name) is None]
    if lacking:
        raise FacedoorError(
            f"the demonstration needs {', '.join(lacking)}, not installed here: "
            "pip install 'facedoor[convert,demo]', best in an environment of its own "
            "(python3 -m venv facedoor-env)"
        )


def make_pack(folder: Path) -> None:
    """Build the pack in ``folder``, unless it is there. Raises :class:`FacedoorError`."""
    if not is_pack(folder):
        _convert("build", folder)


def unpack_photos(folder: Path) -> None:
    """Put the photos into ``folder``, unless they are there. Raises :class:`FacedoorError`."""
    if not has_photos(folder):
        _convert("photos", folder)


def is_pack(folder: Path) -> bool:
    return (folder / "manifest.json").exists()


def has_photos(folder: Path) -> bool:
    return (folder / "train").exists()


def _convert(command: str, folder: Path) -> None:
    """Have the converter make ``folder``. It is asked as the command that is installed beside this
    one, since a door knows nothing of it."""
    from importlib.metadata import entry_points  # loads more than all other commands need

    (converter,) = entry_points(group="console_scripts", name=_CONVERTER)
    run: Callable[[list[str]], int] = converter.load()
    exit_code = run([command, "--output", str(folder)])
    if exit_code != ExitCode.DONE:
        raise FacedoorError(
            f"the demonstration has no {folder}: what the converter said stands above"
        )
