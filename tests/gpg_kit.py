"""A key of gpg's that is thrown away."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

ADDRESS = "releaser@example.org"


@contextlib.contextmanager
def throwaway_key() -> Iterator[str]:
    """The address of a new key, which gpg knows until the block ends."""
    before = os.environ.get("GNUPGHOME")
    with tempfile.TemporaryDirectory() as home:  # a short path: the agent's socket allows no other
        Path(home).chmod(0o700)
        os.environ["GNUPGHOME"] = home
        try:
            quiet = ("--batch", "--quiet", "--passphrase", "")
            command = ("gpg", *quiet, "--quick-generate-key", ADDRESS, "ed25519")
            subprocess.run(command, check=True)
            yield ADDRESS
        finally:
            subprocess.run(["gpgconf", "--kill", "all"], check=True)
            os.environ.pop("GNUPGHOME")
            if before is not None:
                os.environ["GNUPGHOME"] = before
