"""Writes a secret to a file that only its owner can read."""

from __future__ import annotations

import os
from pathlib import Path

from facedoor.errors import UsageError


def write_secret(path: Path, secret: str) -> None:
    """Replace ``path`` as a whole; it belongs to the owner of its folder, mode 0600.

    Raises :class:`UsageError`.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            if os.geteuid() == 0:
                owner = path.parent.stat()
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise UsageError(
            f"cannot write {path} ({error.strerror}): run sudo facedoor setup"
        ) from error
