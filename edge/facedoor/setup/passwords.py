"""Passwords that setup is told or makes: where they are kept, and how they are tried before."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from facedoor.config.file import credentials_folder
from facedoor.config.options import MqttConfig
from facedoor.errors import UsageError
from facedoor.files import draft, make_folder, write_file
from facedoor.languages import _
from facedoor.setup.talk import Bench


@contextmanager
def with_password(mqtt: MqttConfig, secret: str) -> Iterator[MqttConfig]:
    """The settings with a password that is only in a temporary file yet."""
    if not secret:
        yield mqtt
        return
    with draft(Path(tempfile.gettempdir()) / "password") as name:
        name.write_text(secret)
        yield replace(mqtt, password_file=str(name))


def keep_password(bench: Bench, name: str, secret: str, folder: Path) -> str:
    """Keep a password as the credential ``name``, where the unit has credentials beside the
    configuration, else in ``folder``; returns ``password_file``, which is empty for a credential.

    Raises :class:`UsageError`.
    """
    credentials = credentials_folder(bench.configuration.path)
    if credentials.is_dir():
        write_secret(credentials / name, secret)
        return ""
    write_secret(folder / name, secret)
    return str(folder / name)


def write_secret(path: Path, secret: str) -> None:
    """Replace ``path`` as a whole; it belongs to the owner of its folder, mode 0600.

    Raises :class:`UsageError`.
    """
    try:
        make_folder(path.parent)
        write_file(path, secret.encode())
    except OSError as error:
        raise UsageError(
            _("cannot write {path} ({strerror}): run sudo facedoor setup").format(
                path=path, strerror=error.strerror
            )
        ) from error
