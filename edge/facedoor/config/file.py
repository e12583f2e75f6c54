"""The configuration file: from TOML text to :class:`Config`, or to an error that helps.

All mistakes are told at once, each with its line and what may be meant. Beside the file lie the
secrets that systemd hands to the service, each in a file that only the service can read.
"""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from facedoor.config.judging import judge
from facedoor.config.mistakes import MistakesError
from facedoor.config.options import DEFAULT_FILE, Config
from facedoor.config.statements import read_statements
from facedoor.errors import ConfigError
from facedoor.files import read_text
from facedoor.languages import _
from facedoor.strict import shown

_NOT_FOR_OPENING = {"mqtt", "dashboard"}
"""The sections without which a door opens as ever."""

log = logging.getLogger(__name__)


def load(path: Path | None, without: Collection[str] = ()) -> Config:
    """Read ``path``; without one, ``/etc/facedoor/facedoor.toml`` if it exists, else the defaults.

    Relative paths in the file are taken from the file's own folder. The sections ``without``
    are read over. Raises :class:`ConfigError`, also for a file in which nothing stands.
    """
    file = path or DEFAULT_FILE
    try:
        text = read_text(file)
    except FileNotFoundError as error:
        if path is None:
            return Config()
        raise ConfigError(
            _("there is no configuration {file}: check the name").format(file=file)
        ) from error
    except OSError as error:
        raise ConfigError(
            _(
                "cannot read the configuration {file} ({strerror}): it has to be a file that "
                "this user may read"
            ).format(file=file, strerror=error.strerror)
        ) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            _(
                "the configuration {file} is not text, for instance in line {line}: save it as "
                "UTF-8"
            ).format(file=file, line=line)
        ) from error
    if not text.strip():
        # As after a loss of power. The defaults may name another pin, or the wrong level of it.
        raise ConfigError(
            _(
                "the configuration {file} is empty, so it was lost: put it back from a copy, "
                "or remove it and make it anew with facedoor setup"
            ).format(file=file)
        )
    return parse(text, file, without)


def load_to_open(path: Path | None) -> tuple[Config, str]:
    """As :func:`load`, for a door that is not to stay shut for what is wrong under ``[mqtt]`` or
    ``[dashboard]``.

    Such a section is left out then; what is wrong with the first is returned, and with the second
    logged. Raises :class:`ConfigError` for all else, also where an option of another section may
    have strayed into it: the door would open by the default, such as the other level of a pin.
    """
    try:
        return load(path), ""
    except MistakesError as error:
        if not all(m.sections and m.sections <= _NOT_FOR_OPENING for m in error.mistakes):
            raise
        without = {section for mistake in error.mistakes for section in mistake.sections}
        wrong = [(m.sections, m.told(path or DEFAULT_FILE)) for m in error.mistakes]
    for concerned, sentence in wrong:
        if "dashboard" in concerned:
            log.warning("%s", sentence)
    told = "; ".join(sentence for concerned, sentence in wrong if "mqtt" in concerned)
    return load(path, without), told


def parse(text: str, path: Path, without: Collection[str] = ()) -> Config:
    """Parse configuration ``text``; ``path`` names it in errors and anchors relative paths.

    The sections ``without`` are read over. Raises :class:`MistakesError`, whatever the text is.
    """
    said = read_statements(text)
    _take_former(said.tables, path)
    settings, mistakes = judge(said, path.parent, without)
    if mistakes:
        raise MistakesError(path, mistakes)
    return settings


def _take_former(tables: dict[str, Any], path: Path) -> None:
    """Read the key that an option once had as the option: a door is not to stay shut for it."""
    camera = tables.get("camera")
    if not isinstance(camera, dict) or type(camera.get("flip")) is not bool:
        return
    half_turn = 180 if camera.pop("flip") else 0
    rotate = camera.setdefault("rotate", half_turn)
    _say_once(f"{path}: [camera] flip is called rotate now: write rotate = {shown(rotate)} instead")


@functools.cache
def _say_once(sentence: str) -> None:
    log.warning("%s", sentence)


_VARIABLE = "CREDENTIALS_DIRECTORY"


def credential_file(name: str) -> Path | None:
    """The file of the credential ``name``, if systemd hands one over.

    A blank one is none: the unit names every credential that the door knows of, and blank ones
    stand in for those that its owner has not put there. systemd guards the file with an ACL that
    looks like mode 0440.
    """
    directory = os.environ.get(_VARIABLE)
    path = Path(directory) / name if directory else None
    return path if path and path.exists() and path.read_bytes().strip() else None


def is_credential(path: Path) -> bool:
    """Whether systemd hands this file over; it looks as if a group could read it then."""
    directory = os.environ.get(_VARIABLE)
    return directory is not None and path.parent == Path(directory)


def credentials_folder(config_file: Path) -> Path:
    """Where the unit takes its credentials from: beside the configuration."""
    return config_file.parent / "credentials"


@contextmanager
def as_in_the_unit(config_file: Path) -> Iterator[None]:
    """See the credentials that the unit of the service sees, where this user may read them.

    So what root asks and changes outside of the unit is sealed with the same key.
    """
    folder = credentials_folder(config_file)
    if _VARIABLE in os.environ or not os.access(folder, os.R_OK | os.X_OK):
        yield
        return
    os.environ[_VARIABLE] = str(folder)
    try:
        yield
    finally:
        del os.environ[_VARIABLE]
