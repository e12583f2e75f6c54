"""The configuration file while setup changes it: value by value, never half written."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from facedoor.config import file as config_file
from facedoor.config.options import Config
from facedoor.errors import ConfigError
from facedoor.files import write_file
from facedoor.setup.toml_lines import TomlLineError, Value, with_value

_NEW = "# The configuration of facedoor; facedoor setup asks for it, README explains each option.\n"


@dataclass(slots=True)
class Configuration:
    """The file at ``path``, which may not exist yet. Its comments and order are kept."""

    path: Path
    backup: Path | None = field(default=None, init=False)
    """The file as it was before the first change, once there is one."""

    def settings(self) -> Config:
        """What the file says now. Raises :class:`ConfigError`."""
        return config_file.load(self.path) if self.path.exists() else Config()

    def says(self, section: str, key: str) -> bool:
        """True if the file itself has the key, whatever its value."""
        table = tomllib.loads(self._text()).get(section)
        return isinstance(table, dict) and key in table

    def set(self, section: str, **values: Value) -> None:
        """Change values of a section, all or none. Raises :class:`ConfigError`."""
        text = self._text()
        for key, value in values.items():
            try:
                text = with_value(text, section, key, value)
            except TomlLineError as error:
                raise ConfigError(f"{self.path} is laid out unusually: {error}") from error
        config_file.parse(text, self.path)
        if text != self._text():
            self._write(text)

    def require_writable(self) -> None:
        """Raise :class:`ConfigError` where this user cannot change the file."""
        folder = next(folder for folder in self.path.absolute().parents if folder.is_dir())
        if not os.access(folder, os.W_OK) or (
            self.path.exists() and not os.access(self.path, os.R_OK)
        ):
            raise ConfigError(f"this user cannot change {self.path}: run sudo facedoor setup")

    def _text(self) -> str:
        if not self.path.exists():
            return _NEW
        # As bytes, since reading as text would convert the line ends.
        return self.path.read_bytes().decode()

    def _write(self, text: str) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and self.backup is None:
                backup = self.path.with_name(f"{self.path.name}.bak")
                write_file(backup, self.path.read_bytes(), like=self.path)
                self.backup = backup
            write_file(self.path, text.encode(), mode=0o644, like=self.path)
        except OSError as error:
            raise ConfigError(
                f"cannot write {self.path} ({error.strerror}): run sudo facedoor setup"
            ) from error
