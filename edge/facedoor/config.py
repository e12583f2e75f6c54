"""The whole configuration: frozen dataclasses, read from TOML, each default documented once.

The text behind each field is the reference that README prints (a test compares them). A key that
does not exist, a value of the wrong type and a value outside its range are errors that name the
key, the line and the nearest right key. Secrets never stand here: only the paths of their files.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import tomllib
import types
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from facedoor.errors import ConfigError

DEFAULT_FILE = Path("/etc/facedoor/facedoor.toml")


def _option(
    default: Any, doc: str, at_least: float | None = None, at_most: float | None = None
) -> Any:
    return field(default=default, metadata={"doc": doc, "range": (at_least, at_most)})


@dataclass(frozen=True, slots=True)
class DoorConfig:
    """The door and the relay that opens it."""

    name: str = _option("front", "the door's name: one word, part of every MQTT topic")
    relay: Literal["gpio", "simulated"] = _option(
        "gpio", "`gpio` drives a pin through gpiozero; `simulated` only records the level"
    )
    pin: int = _option(17, "BCM number of the pin that drives the relay", 0, 27)
    active_high: bool = _option(
        True, "false for a relay board that energises when its input is pulled low"
    )
    pulse_s: float = _option(3.0, "how long the relay is energised for each visitor", 0.1, 30.0)


@dataclass(frozen=True, slots=True)
class CameraConfig:
    """Where frames come from, and in which sizes."""

    source: str = _option(
        "picamera2",
        "`picamera2`, `usb:0`, `rtsp://...`, `file:CLIP`, `folder:PATH` or `sim:SCRIPT`",
    )
    width_px: int = _option(1280, "width of the main stream, from which faces are cut", 320, 4608)
    height_px: int = _option(960, "height of the main stream", 240, 2592)
    lores_width_px: int = _option(
        640, "width of the small stream, in which faces are looked for", 160, 1280
    )
    fps: float = _option(15.0, "frames a second asked of the camera", 1.0, 60.0)
    flip: bool = _option(False, "true for a camera that is mounted upside down")


@dataclass(frozen=True, slots=True)
class RecognitionConfig:
    """When two faces are one person."""

    false_match_rate: float = _option(
        1e-5,
        "chance that a stranger who comes to the door is taken for somebody enrolled",
        1e-9,
        0.1,
    )
    threshold: float | None = _option(
        None,
        "largest plain L2 distance that is one person, whatever the risk; unset: the distance "
        "that `false_match_rate` stands for",
        0.1,
        2.0,
    )
    runner_up_margin: float = _option(
        0.05, "a second person this near behind the first makes the answer ambiguous", 0.0, 1.0
    )
    frames: int = _option(3, "frames of one face that have to agree before the door opens", 2, 10)


@dataclass(frozen=True, slots=True)
class MqttConfig:
    """The broker that events go to; without a host the door works on its own."""

    host: str = _option("", "the broker's name or address; empty: no MQTT")
    port: int = _option(1883, "the broker's port", 1, 65535)
    username: str = _option("", "user name at the broker; empty: anonymous")
    password_file: str = _option(
        "", "file with the password, mode 0600; unset: the credential `mqtt-password` of systemd"
    )
    ca_file: str = _option("", "CA certificate in PEM form; set: the connection uses TLS")


@dataclass(frozen=True, slots=True)
class StorageConfig:
    """Where people, templates and the journal are kept."""

    directory: str = _option(
        "", "state directory; unset: `$STATE_DIRECTORY`, else `$XDG_STATE_HOME/facedoor`"
    )


@dataclass(frozen=True, slots=True)
class ModelsConfig:
    """The models that the door runs."""

    pack: str = _option("", "folder of the pack; unset: `pack` in the state directory")
    threads: int = _option(1, "processor threads for each model", 1, 4)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that can be configured. ``Config()`` is the built-in default."""

    door: DoorConfig = DoorConfig()
    camera: CameraConfig = CameraConfig()
    recognition: RecognitionConfig = RecognitionConfig()
    mqtt: MqttConfig = MqttConfig()
    storage: StorageConfig = StorageConfig()
    models: ModelsConfig = ModelsConfig()

    @property
    def state_directory(self) -> Path:
        """Where state lives: configured, given by systemd, or the user's own."""
        if self.storage.directory:
            return Path(self.storage.directory)
        if given := os.environ.get("STATE_DIRECTORY"):
            return Path(given.split(":")[0])
        home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        return Path(home) / "facedoor"

    @property
    def database(self) -> Path:
        return self.state_directory / "facedoor.db"

    @property
    def pack_directory(self) -> Path:
        return Path(self.models.pack) if self.models.pack else self.state_directory / "pack"


def load(path: Path | None) -> Config:
    """Read ``path``; without one, ``/etc/facedoor/facedoor.toml`` if it exists, else the defaults.

    Relative paths in the file are taken from the file's own folder. Raises :class:`ConfigError`.
    """
    if path is None:
        if not DEFAULT_FILE.exists():
            return Config()
        path = DEFAULT_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the configuration {path}: {error}") from error
    return parse(text, path)


def parse(text: str, path: Path) -> Config:
    """Parse configuration ``text``; ``path`` names it in errors and anchors relative paths."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    sections = {
        item.name: typing.get_type_hints(Config)[item.name] for item in dataclasses.fields(Config)
    }
    values: dict[str, Any] = {}
    for name, table in tables.items():
        if name not in sections:
            line = _line_of(text, rf"\s*\[?\s*{re.escape(name)}\b")
            raise ConfigError(
                f"{path}, line {line}: there is no section [{name}]{_nearest(name, sections)}"
            )
        if not isinstance(table, dict):
            line = _line_of(text, rf"\s*{re.escape(name)}\b")
            raise ConfigError(
                f"{path}, line {line}: {name} is a section: write [{name}] on a line of its own"
            )
        values[name] = _section(sections[name], name, table, text, path)
    return Config(**values)


def _section(kind: type, section: str, table: dict[str, Any], text: str, path: Path) -> Any:
    options = {item.name: item for item in dataclasses.fields(kind)}
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for key, value in table.items():
        line = _line_of(text, rf"\s*{re.escape(key)}\b", section)
        where = f"{path}, line {line}: [{section}] {key}"
        if key not in options:
            raise ConfigError(f"{where} does not exist{_nearest(key, options)}")
        values[key] = _checked(where, value, hints[key], options[key].metadata["range"])
    for key in ("directory", "pack", "password_file", "ca_file"):
        if values.get(key):
            values[key] = str(path.parent / Path(values[key]).expanduser())
    return kind(**values)


def _checked(where: str, value: Any, hint: Any, allowed: tuple[float | None, float | None]) -> Any:
    """``value`` if it is of the type ``hint`` and in range, else an error that says what is."""
    if typing.get_origin(hint) is Literal:
        choices = typing.get_args(hint)
        if value not in choices:
            raise ConfigError(f"{where} is {value!r}; it can be {' or '.join(map(repr, choices))}")
        return value
    kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    kind = next(kind for kind in kinds if kind is not type(None))
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise ConfigError(
            f"{where} is {value!r}; it has to be {_KIND_NAMES[kind]}{_unit_hint(value)}"
        )
    low, high = allowed
    # Written so that nan, which TOML allows, is outside every range.
    if low is not None and high is not None and not low <= value <= high:
        raise ConfigError(f"{where} is {value}; it has to be between {low:g} and {high:g}")
    return value


_KIND_NAMES = {
    str: "text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def _unit_hint(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(r"\s*[\d.]+\s*[a-zA-Z]+\s*", value):
        return ", without a unit: the unit stands in the key's name"
    return ""


def _nearest(name: str, known: typing.Iterable[str]) -> str:
    known = list(known)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(known)}"


def _line_of(text: str, pattern: str, section: str | None = None) -> int:
    """The line on which ``pattern`` starts, within ``section`` where one is given."""
    inside = section is None
    for number, line in enumerate(text.splitlines(), 1):
        if section is not None and (header := re.match(r"\s*\[\s*([\w.]+)\s*\]", line)):
            inside = header[1] == section
        elif inside and re.match(pattern, line):
            return number
    return 1
