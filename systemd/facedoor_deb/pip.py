"""pip, asked quietly."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

from facedoor_deb.errors import PackagingError

DEADLINE_S = 900


def pip(arguments: list[str], environment: Mapping[str, str] | None = None) -> None:
    """Run pip. Raises :class:`PackagingError` with what it complained about."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", *arguments, "--disable-pip-version-check", "--no-input"],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = errors[-1].removeprefix("ERROR: ") if errors else done.stderr[-300:]
        raise PackagingError(f"pip {arguments[0]} failed: {reason}")
