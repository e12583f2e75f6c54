"""Which file goes where, and what dpkg has to know of them."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from argcomplete.shell_integration import shellcode

from facedoor.cli.arguments import parser
from facedoor.config.template import template
from facedoor_deb.manual import manual
from facedoor_deb.wheels import set_modes, sha256

PROGRAM = Path("opt/facedoor/venv/bin/facedoor")
"""Where the program is once the package is configured."""

SHARED = Path("usr/share/facedoor")

INSTALLED = {
    ("storage", "directory"): "/var/lib/facedoor",
    ("models", "pack"): f"/{SHARED}/pack",
    ("dashboard", "directory"): "/var/lib/facedoor-dashboard",
}
"""What an installed door is told beyond the defaults: a person who types a command as root means
the same state and the same models as the services."""

UNIT_FOLDERS = {
    ".service": "usr/lib/systemd/system/{}.service",
    ".sysusers": "usr/lib/sysusers.d/{}.conf",
    ".tmpfiles": "usr/lib/tmpfiles.d/{}.conf",
    ".rules": "usr/lib/udev/rules.d/{}.rules",
}
"""Where the files in ``systemd/`` go, by what they are."""


def lay_out(
    root: Path,
    project: Path,
    pack: Path,
    wheels: list[Path],
    others: Sequence[Path] = (),
    *,
    version: str,
    time_s: int,
) -> None:
    """Put everything that the package installs below ``root``, an empty folder.

    ``others`` are packs that `facedoor setup` offers beside ``pack``; ``time_s`` (since 1970) is
    the date of this ``version``.
    """
    shared = root / SHARED
    shutil.copytree(pack, shared / "pack")
    for other in others:
        shutil.copytree(other, shared / other.name)
    (shared / "wheels").mkdir()
    for wheel in wheels:
        shutil.copy(wheel, shared / "wheels")
    # Names the virtual environment: see scripts/postinst.
    (shared / "wheels" / "SHA256SUMS").write_text(
        "".join(f"{sha256(wheel)}  {wheel.name}\n" for wheel in sorted(wheels))
    )
    # Not below /etc: dpkg would ask about its changes at every upgrade, since `facedoor setup`
    # makes some. The first installation copies it.
    (shared / "facedoor.toml").write_text(template(INSTALLED))
    for file in sorted((project / "systemd").iterdir()):
        if file.suffix in UNIT_FOLDERS:
            target = root / UNIT_FOLDERS[file.suffix].format(file.stem)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    documents = root / "usr/share/doc/facedoor"
    documents.mkdir(parents=True)
    shutil.copy(project / "LICENSE", documents / "copyright")
    shutil.copytree(project / "docs", documents / "docs")  # messages name its pages
    _lay_out_for_shells(root, version, time_s)
    (root / "usr/bin").mkdir()
    (root / "usr/bin/facedoor").symlink_to(f"/{PROGRAM}")
    (root / "opt/facedoor").mkdir(parents=True)
    (root / "etc/facedoor/credentials").mkdir(parents=True)
    set_modes(root)
    (root / "etc/facedoor/credentials").chmod(0o700)


SHELLS = (
    "usr/share/bash-completion/completions/facedoor",
    "usr/share/zsh/vendor-completions/_facedoor",
)
"""Where bash and zsh look for what completes a command: one script serves both."""


def _lay_out_for_shells(root: Path, version: str, time_s: int) -> None:
    """Manual pages, and the completion of commands and options."""
    folder = root / "usr/share/man/man1"
    folder.mkdir(parents=True)
    for name, page in manual(parser(), version, time_s).items():
        (folder / name).write_bytes(page)
    for name in SHELLS:
        (root / name).parent.mkdir(parents=True)
        (root / name).write_text(shellcode(["facedoor"]))


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
