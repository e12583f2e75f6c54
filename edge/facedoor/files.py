"""Who owns what a command makes: what root makes in somebody's folder belongs to that somebody.

The service has a user of its own, and people are enrolled with ``sudo facedoor enroll``. A state
file or a key that then belonged to root could not be opened by the service.
"""

from __future__ import annotations

import os
from pathlib import Path


def make_folder(folder: Path) -> None:
    """Make ``folder`` and what is missing above it, for its owner alone; it may exist already.

    Raises ``OSError``.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        hand_over(descriptor, folder.parent)
    finally:
        os.close(descriptor)


def make_file(path: Path) -> int:
    """Make the file ``path``, for its owner alone, and return a descriptor to read and write it.

    Raises ``OSError``: :class:`FileExistsError` for a file that is there.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    hand_over(descriptor, path.parent)
    return descriptor


def hand_over(descriptor: int, folder: Path) -> None:
    """Give what root has just made in ``folder`` to the owner of that folder.

    By its descriptor: the owner could have put a link to another file in its place.
    """
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
