"""Which file goes where."""

from __future__ import annotations

import shutil
from pathlib import Path

from facedoor.config.template import template
from facedoor_deb.wheels import set_modes, sha256

PROGRAM = Path("opt/facedoor/venv/bin/facedoor")
"""Where the program is once the package is configured."""

SHARED = Path("usr/share/facedoor")

INSTALLED = {
    ("storage", "directory"): "/var/lib/facedoor",
    ("models", "pack"): f"/{SHARED}/pack",
}
"""What an installed door is told beyond the defaults: a person who types a command as root means
the same state and the same models as the service."""

UNIT_FOLDERS = {
    ".service": "usr/lib/systemd/system/{}.service",
    ".sysusers": "usr/lib/sysusers.d/{}.conf",
    ".tmpfiles": "usr/lib/tmpfiles.d/{}.conf",
    ".rules": "usr/lib/udev/rules.d/{}.rules",
}
"""Where the files in ``systemd/`` go, by what they are."""


def lay_out(root: Path, project: Path, pack: Path, wheels: list[Path]) -> None:
    """Put everything that the package installs below ``root``, an empty folder."""
    shared = root / SHARED
    shutil.copytree(pack, shared / "pack")
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
    shutil.copy(project / "models" / "MODEL_CARD.md", documents)
    shutil.copy(project / "docs" / "CHANGELOG.md", documents)
    (root / "usr/bin").mkdir()
    (root / "usr/bin/facedoor").symlink_to(f"/{PROGRAM}")
    (root / "opt/facedoor").mkdir(parents=True)
    (root / "etc/facedoor/credentials").mkdir(parents=True)
    set_modes(root)
    (root / "etc/facedoor/credentials").chmod(0o700)
