"""The configuration file: from TOML text to :class:`Config`, or to an error that helps.

A key that does not exist, a value of the wrong type and a value outside its range are errors that
name the key, the line and the nearest right key. Beside it lie the secrets that systemd hands to
the service, each in a file that only the service can read.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
import os
import tomllib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from facedoor import strict
from facedoor.config.options import DEFAULT_FILE, Config
from facedoor.config.pins import require_possible
from facedoor.errors import ConfigError
from facedoor.files import read_text
from facedoor.strict import StrictError, short, shown

_SECTIONS = [item.name for item in dataclasses.fields(Config)]
_PATHS = {
    *("directory", "pack", "second", "password_file", "ca_file", "cert_file", "key_file"),
    *("certificate", "private_key", "proxy_secret_file"),
}
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
        raise ConfigError(f"there is no configuration {file}: check the name") from error
    except OSError as error:
        raise ConfigError(
            f"cannot read the configuration {file} ({error.strerror}): "
            "it has to be a file that this user may read"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"the configuration {file} is not text: save it as UTF-8") from error
    if not text.strip():
        # As after a loss of power. The defaults may name another pin, or the wrong level of it.
        raise ConfigError(
            f"the configuration {file} is empty, so it was lost: put it back from a copy, "
            "or remove it and make it anew with facedoor setup"
        )
    return parse(text, file, without)


def load_to_open(path: Path | None) -> tuple[Config, str]:
    """As :func:`load`, for a door that is not to stay shut for what is wrong under ``[mqtt]`` or
    ``[dashboard]``.

    Such a section is left out then; what is wrong with the first is returned, and with the second
    logged. Raises :class:`ConfigError` for all else.
    """
    wrong: dict[str, str] = {}
    while True:
        try:
            settings = load(path, without=wrong)
        except ConfigError as error:
            cause = error.__cause__
            section = cause.keys[0] if isinstance(cause, StrictError) and cause.keys else ""
            if section not in _NOT_FOR_OPENING - wrong.keys():
                raise
            wrong[section] = str(error)
        else:
            break
    if "dashboard" in wrong:
        log.warning("%s", wrong["dashboard"])
    return settings, wrong.get("mqtt", "")


def parse(text: str, path: Path, without: Collection[str] = ()) -> Config:
    """Parse configuration ``text``; ``path`` names it in errors and anchors relative paths.

    The sections ``without`` are read over. Raises :class:`ConfigError`, whatever the text is.
    """
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # tomllib lets a number of 5000 digits slip
        raise ConfigError(f"{path} is not valid TOML: {short(str(error))}") from error
    for section in without:
        tables.pop(section, None)
    _take_former(tables, path)
    try:
        settings = _anchored(strict.read(Config, tables), path.parent)
    except StrictError as error:
        where = f"{path}, line {_line_of(text, error.keys)}"
        raise ConfigError(f"{where}: {_sentence(error)}") from error
    require_possible(settings, path)
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


def _sentence(error: StrictError) -> str:
    section, *option = map(short, error.keys)
    if option:
        return f"[{section}] {'.'.join(option)} {error.problem}"
    if section in _SECTIONS:
        return f"{section} is a section: write [{section}] on a line of its own"
    return f"there is no section [{section}]{error.problem.removeprefix('does not exist')}"


def _anchored(settings: Config, folder: Path) -> Config:
    """``settings`` with every relative path in it made relative to ``folder``."""
    sections = {}
    for name in _SECTIONS:
        section = getattr(settings, name)
        values = {item.name: getattr(section, item.name) for item in dataclasses.fields(section)}
        sections[name] = dataclasses.replace(
            section,
            **{key: _absolute(name, key, value, folder) for key, value in values.items() if value},
        )
    return Config(**sections)


def _absolute(section: str, key: str, value: Any, folder: Path) -> Any:
    """``value`` with a relative path in it made relative to ``folder``, if it is a path at all."""
    prefix, path = "", value
    if key == "source":
        kind, colon, path = value.partition(":")
        if kind not in {"file", "folder", "sim"} or not path:
            return value
        prefix = kind + colon
    elif key not in _PATHS:
        return value
    try:
        return prefix + str(folder / Path(path).expanduser())
    except RuntimeError as error:
        problem = f"is {shown(path)}, and there is no such home: write it out"
        raise StrictError(problem, (section, key)) from error


def _line_of(text: str, keys: tuple[str, ...]) -> int:
    """The number of the line on which the statement of ``keys`` begins: a section, or it and a key.

    Found by parsing the text up to each line, so that it holds for every way TOML has to write it.
    """
    lines = text.split("\n")
    begins = 1
    for number in range(1, len(lines) + 1):
        try:
            tables = tomllib.loads("\n".join(lines[:number]))
        except ValueError:  # in the middle of a statement
            continue
        if _has(tables, keys):
            break
        begins = number + 1
    return begins


def _has(tables: Any, keys: tuple[str, ...]) -> bool:
    for key in keys:
        if not isinstance(tables, dict) or key not in tables:
            return False
        tables = tables[key]
    return True


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
