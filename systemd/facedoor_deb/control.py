"""What dpkg has to know of the package."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

SCRIPTS = Path(__file__).with_name("scripts")
"""What dpkg runs, asks and watches; in the package as it is here."""

_CONTROL = """\
Package: facedoor
Version: {version}
Architecture: {architecture}
Maintainer: The facedoor authors <facedoor@localhost>
Installed-Size: {size_kib}
Depends: python3 (>= 3.11), python3 (<< 3.14), python3-venv, libc6 (>= 2.28), libstdc++6,
 systemd, debconf (>= 0.5) | debconf-2.0
Recommends: python3-picamera2, python3-lgpio
Suggests: mosquitto
Section: misc
Priority: optional
Description: face-verification door lock
 A camera sees you come, FaceNet compares your face with the people who are
 enrolled, a relay releases the door, and an event goes out over MQTT. All of
 it happens on the Raspberry Pi: no picture leaves the house.
 .
 The package brings the models and all Python packages along, so it installs
 without a network. Then run: sudo facedoor setup
"""
# python3-picamera2 and python3-lgpio are recommended only: Debian itself, where a door with a USB
# camera can be tried, has neither.


def write_control(root: Path, version: str, architecture: str) -> None:
    """Write ``root/DEBIAN`` for the files that are below ``root``."""
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink()]
    size_kib = sum(-(-path.stat().st_size // 1024) for path in files)
    folder = root / "DEBIAN"
    folder.mkdir()
    text = _CONTROL.format(version=version, architecture=architecture, size_kib=size_kib)
    (folder / "control").write_text(text)
    (folder / "md5sums").write_text(
        "".join(f"{_md5(path)}  {path.relative_to(root)}\n" for path in files)
    )
    for script in SCRIPTS.iterdir():
        shutil.copy(script, folder)
    for path in folder.iterdir():
        path.chmod(0o755 if path.name in {"postinst", "prerm", "postrm"} else 0o644)
    folder.chmod(0o755)


def _md5(path: Path) -> str:
    """What `dpkg --verify` compares a file with; nothing to do with security."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
