"""Secrets that systemd hands to the service, each in a file that only the service can read."""

from __future__ import annotations

import os
from pathlib import Path


def credential_file(name: str) -> Path | None:
    """The file of the credential ``name``, if systemd hands one over.

    A blank one is none: the unit names every credential that the door knows of, and blank ones
    stand in for those that its owner has not put there. systemd guards the file with an ACL that
    looks like mode 0440.
    """
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    path = Path(directory) / name if directory else None
    return path if path and path.exists() and path.read_bytes().strip() else None
