"""An apt repository of static files: any web server serves it, and apt believes one signature."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from facedoor_deb.pip import PROCESSORS, PackagingError
from facedoor_deb.wheels import sha256

SUITE = "stable"
COMPONENT = "main"
INDICES = Path("dists", SUITE)
"""Where ``Release`` is, which has the hash of all that apt reads before a package."""

_POOL = Path("pool", COMPONENT, "f", "facedoor")


def lay_out(packages: Sequence[Path], folder: Path, time_s: int) -> Path:
    """Make the repository of ``packages`` in ``folder``, not signed yet; ``time_s`` (since 1970) is
    its date. Returns its ``Release``. Raises :class:`PackagingError`."""
    pool = folder / _POOL
    pool.mkdir(parents=True)
    stanzas: dict[str, list[str]] = {architecture: [] for architecture in PROCESSORS}
    for package in sorted(packages):
        shutil.copy(package, pool)
        stanzas[_field(package, "Architecture")].append(_stanza(package))
    for architecture, found in stanzas.items():
        index = folder / INDICES / COMPONENT / f"binary-{architecture}" / "Packages"
        index.parent.mkdir(parents=True)
        index.write_text("\n".join(found))
        # Without a time and a name in it: the same packages give the same bytes.
        index.with_suffix(".gz").write_bytes(gzip.compress(index.read_bytes(), mtime=0))
    release = folder / INDICES / "Release"
    release.write_text(_release(folder / INDICES, time_s))
    return release


def _stanza(package: Path) -> str:
    """What apt knows of a package before it fetches it."""
    size, digest = package.stat().st_size, sha256(package)
    where = f"Filename: {_POOL / package.name}\nSize: {size}\nSHA256: {digest}\n"
    return f"{_field(package)}\n{where}"


def _release(indices: Path, time_s: int) -> str:
    date = datetime.fromtimestamp(time_s, UTC).strftime("%a, %d %b %Y %H:%M:%S UTC")
    lines = [
        "Origin: facedoor",
        "Label: facedoor",
        f"Suite: {SUITE}",
        f"Codename: {SUITE}",
        f"Date: {date}",
        f"Architectures: {' '.join(PROCESSORS)}",
        f"Components: {COMPONENT}",
        "Description: face-verification door lock for the Raspberry Pi",
        "SHA256:",
    ]
    lines += [
        f" {sha256(path)} {path.stat().st_size} {path.relative_to(indices)}"
        for path in sorted(indices.rglob("Packages*"))
    ]
    return "".join(f"{line}\n" for line in lines)


def _field(package: Path, *names: str) -> str:
    """Fields of a package's control file, all of them where none is named."""
    done = subprocess.run(
        ["dpkg-deb", "--field", str(package), *names],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PackagingError(f"dpkg-deb cannot read {package}: {done.stderr.strip()}")
    return done.stdout.strip()
