"""Writes a secret to a file that only its owner can read."""

from __future__ import annotations

import os
from pathlib import Path

from facedoor.errors import UsageError
from facedoor.files import make_file, make_folder


def write_secret(path: Path, secret: str) -> None:
    """Replace ``path`` as a whole; it belongs to the owner of its folder, mode 0600.

    Raises :class:`UsageError`.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        make_folder(path.parent)
        draft.unlink(missing_ok=True)
        with os.fdopen(make_file(draft), "w") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise UsageError(
            f"cannot write {path} ({error.strerror}): run sudo facedoor setup"
        ) from error
