"""The secrets that systemd hands to the service, for commands that root runs outside the unit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_VARIABLE = "CREDENTIALS_DIRECTORY"


def credentials_folder(config_file: Path) -> Path:
    """Where the unit takes its credentials from: beside the configuration."""
    return config_file.parent / "credentials"


@contextmanager
def as_in_the_unit(config_file: Path) -> Iterator[None]:
    """See the credentials that the unit sees, where this user may read them."""
    folder = credentials_folder(config_file)
    if _VARIABLE in os.environ or not os.access(folder, os.R_OK | os.X_OK):
        yield
        return
    os.environ[_VARIABLE] = str(folder)
    try:
        yield
    finally:
        del os.environ[_VARIABLE]
