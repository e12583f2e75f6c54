"""A disk with Debian for arm64 on it, made without privileges, none of its programs run here.

debootstrap fetches and unpacks; the machine itself, at its first start, sets the packages up.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from virtual_pi.kernel import MIRROR, SUITE, Kernel
from virtual_pi.machine import Machine

PACKAGES = (
    "adduser",
    "dbus",
    "iproute2",
    "kmod",
    "mosquitto",
    "mosquitto-clients",
    "python3",
    "python3-venv",
    "systemd",
    "systemd-sysv",
    "udev",
)

SET_UP = "Base system installed successfully"
"""What debootstrap says at its end."""

SIZE = "4G"
SET_UP_WITHIN_S = 3600.0

SHELL_UNIT = """\
[Unit]
Description=A shell for whoever runs this machine
BindsTo=dev-virtio\\x2dports-shell.device
After=dev-virtio\\x2dports-shell.device mosquitto.service

[Service]
ExecStart=/bin/bash -c 'exec bash <>/dev/virtio-ports/shell >&0 2>&1'

[Install]
WantedBy=multi-user.target
"""

FILES = {
    "etc/dpkg/dpkg.cfg.d/virtual-pi": (
        "force-unsafe-io\npath-exclude=/usr/share/doc/*\npath-exclude=/usr/share/man/*\n"
        "path-exclude=/usr/share/locale/*\n"
    ),
    "etc/fstab": "/dev/vda / ext4 defaults 0 1\n",
    "etc/hostname": "virtual-pi\n",
    "etc/hosts": "127.0.0.1 localhost virtual-pi\n",
    "etc/systemd/network/10-wired.network": (
        "[Match]\nType=ether\n[Network]\nAddress=10.0.2.15/24\n"
    ),
    "etc/systemd/system/shell.service": SHELL_UNIT,
}

LINKS = {
    # Its hang-up of the serial line would eat what the kernel says there.
    "etc/systemd/system/serial-getty@ttyAMA0.service": "/dev/null",
    "etc/systemd/system/getty@tty1.service": "/dev/null",
    "etc/systemd/system/multi-user.target.wants/shell.service": "../shell.service",
    "etc/systemd/system/multi-user.target.wants/systemd-networkd.service": (
        "/usr/lib/systemd/system/systemd-networkd.service"
    ),
}


def prepare(folder: Path, kernel: Kernel) -> Path:
    """The disk, in ``folder``; it is made anew when what belongs on it has changed."""
    disk = folder / f"base-{_key(kernel)}.ext4"
    if disk.exists():
        return disk
    for old in folder.glob("base-*.ext4"):
        old.unlink()
    root = folder / "root"
    shutil.rmtree(root, ignore_errors=True)
    owners = folder / "owners"
    subprocess.run(
        [
            *("fakeroot", "-s", owners, "debootstrap", "--foreign", "--arch=arm64"),
            *("--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, root, MIRROR),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    if (root / "proc").is_symlink():  # debootstrap's way where it may not mount
        (root / "proc").unlink()
        (root / "proc").mkdir()
    for name in (*FILES, *LINKS):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
    for name, content in FILES.items():
        (root / name).write_text(content)
    for name, target in LINKS.items():
        (root / name).symlink_to(target)
    shutil.copytree(kernel.modules, root / "usr", dirs_exist_ok=True)
    unfinished = disk.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    subprocess.run(
        ["fakeroot", "-i", owners, "mke2fs", "-q", "-t", "ext4", "-d", root, unfinished, SIZE],
        check=True,
    )
    with Machine(kernel, unfinished, folder / "first-start", keep=True, hurried=True) as machine:
        machine.wait_for_end(SET_UP_WITHIN_S)
        console = machine.console
    if SET_UP not in console:
        raise RuntimeError(f"Debian was not set up in the machine, which said: {console[-2000:]}")
    unfinished.rename(disk)
    shutil.rmtree(root)
    return disk


def _key(kernel: Kernel) -> str:
    (modules,) = kernel.modules.glob("lib/modules/*")
    parts = (PACKAGES, sorted(FILES.items()), sorted(LINKS.items()), modules.name, SUITE, SIZE)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
