"""Secrets that systemd hands to the service, each in a file that only the service can read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
