"""Writes a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from facedoor_convert.errors import ConvertError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, which gets the name ``path`` when the block ends without an error.

    Missing folders are made. Until then, whatever had that name is as it was. Raises
    :class:`ConvertError` when it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        try:
            # Models, figures and pictures are for everybody on the machine, the door's user too.
            os.fchmod(handle, 0o644)
            with os.fdopen(handle, "wb") as file:
                yield file
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise ConvertError(f"cannot write {path}: {error}") from error
