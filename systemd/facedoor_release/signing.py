"""Signs with the releaser's own key, which gpg keeps: nothing here ever sees it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from facedoor_deb.pip import PackagingError

KEYRING = "facedoor.gpg"
"""The public key, as whoever adds the repository lays it into ``/etc/apt/keyrings``."""

MAKE_ONE = "gpg --quick-generate-key 'NAME <ADDRESS>' ed25519 sign"
_NO_KEY = (
    "say which of your gpg keys signs: make release RELEASE_KEY=ADDRESS. `gpg --list-secret-keys` "
    f"shows them; to make one: {MAKE_ONE}"
)


def require_key(key: str) -> None:
    """Raise :class:`PackagingError` unless gpg has the private half of ``key``."""
    if not key:
        raise PackagingError(f"nothing signs this release: {_NO_KEY}")
    if not shutil.which("gpg"):
        raise PackagingError("there is no gpg, which signs the release: apt install gnupg")
    if not _gpg("--list-secret-keys", key, is_quiet=True):
        raise PackagingError(f"gpg has no private key {key!r}: {_NO_KEY}")


def sign_repository(release: Path, key: str, keyring: Path) -> None:
    """Sign ``release``, the ``Release`` of a repository, as apt reads it: ``InRelease`` and
    ``Release.gpg`` beside it. The public key goes to ``keyring``."""
    inside, beside = release.with_name("InRelease"), release.with_name("Release.gpg")
    _signed("--clearsign", release, inside, key)
    _signed("--detach-sign", release, beside, key)
    if not _gpg("--output", str(keyring), "--export", key):
        raise PackagingError(f"gpg did not write the public half of {key!r} to {keyring}")


def sign_file(file: Path, key: str) -> None:
    """Write the signature of ``file`` beside it, as ``FILE.asc``."""
    _signed("--detach-sign", file, file.with_name(f"{file.name}.asc"), key)


def _signed(how: str, file: Path, output: Path, key: str) -> None:
    options = ("--armor", "--digest-algo", "SHA512", "--local-user", key, "--output", str(output))
    if not _gpg("--yes", *options, how, str(file)):
        raise PackagingError(f"gpg did not sign {file}: what it said stands above")


def _gpg(*arguments: str, is_quiet: bool = False) -> bool:
    """Run gpg, which may ask for the key's password on the terminal."""
    where = subprocess.DEVNULL if is_quiet else None
    done = subprocess.run(["gpg", *arguments], stdout=where, stderr=where, check=False)
    return done.returncode == 0
