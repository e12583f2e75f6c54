"""Debian's kernel for arm64, and a small first file system that mounts the disk."""

from __future__ import annotations

import gzip
import lzma
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MIRROR = "http://deb.debian.org/debian"
SUITE = "trixie"

DISK_MODULES = ("virtio_blk", "ext4", "crc32c_generic")
"""What the kernel needs before it can read the disk; pins and the serial ports are built in."""

GUEST_MODULES = (*DISK_MODULES, "virtio_net", "virtio-rng", "autofs4")

_INIT = """\
#!/bin/busybox sh
# Mounts the disk. One that is not set up yet is set up, and the machine ends.
busybox mount -t devtmpfs dev /dev
busybox mount -t proc proc /proc
busybox mount -t sysfs sys /sys
for module in /modules/*; do busybox insmod $module; done
busybox mount -t ext4 /dev/vda /root || busybox poweroff -f
for folder in dev proc sys; do busybox mount -o move /$folder /root/$folder; done
[ -e /root/debootstrap/debootstrap ] || exec busybox switch_root /root /sbin/init
busybox chroot /root /debootstrap/debootstrap --second-stage
busybox umount /root/proc /root/sys /root/dev 2>/dev/null
busybox umount /root || busybox mount -o remount,ro /root
busybox poweroff -f
"""


@dataclass(frozen=True)
class Kernel:
    """What qemu starts, and the modules that the disk has to carry."""

    image: Path
    initrd: Path
    modules: Path
    """A folder whose content, ``lib/modules/VERSION``, belongs below ``/usr``."""


def prepare(folder: Path) -> Kernel:
    """Fetch the newest kernel of the suite into ``folder``, unless one is there already."""
    kernel = Kernel(folder / "vmlinuz", folder / "initrd.gz", folder / "modules")
    if kernel.initrd.exists():
        return kernel
    shutil.rmtree(folder, ignore_errors=True)
    unpacked = folder / "unpacked"
    for package in _fetch(folder / "apt"):
        _run("dpkg-deb", "-x", package, unpacked)
    (image,) = unpacked.glob("boot/vmlinuz-*")
    shutil.copy(image, kernel.image)
    (modules,) = unpacked.glob("usr/lib/modules/*")
    _run("depmod", "-b", unpacked / "usr", modules.name)
    _copy_modules(modules, kernel.modules / "lib/modules" / modules.name)
    _run("depmod", "-b", kernel.modules, modules.name)
    first = _closure(modules, DISK_MODULES)
    _write_initrd(kernel.initrd, folder / "first-files", unpacked, [modules / m for m in first])
    shutil.rmtree(unpacked)
    return kernel


def _closure(modules: Path, names: Iterable[str]) -> list[str]:
    """Paths below ``modules`` of the named modules and all they need, in the order of loading."""
    paths: list[str] = []
    for name in names:
        shown = _run(
            *("modprobe", "--show-depends", "--ignore-install", "--dirname"),
            *(modules.parents[2], "--set-version", modules.name, name),
        )
        for line in shown.splitlines():
            if line.startswith("insmod "):
                path = str(Path(line.split()[1]).resolve().relative_to(modules.resolve()))
                paths += [path] if path not in paths else []
    return paths


def _fetch(folder: Path) -> list[Path]:
    """Packages of arm64, through an apt that knows nothing of this machine's own."""
    for part in ("etc/apt/apt.conf.d", "etc/apt/preferences.d", "var/lib/dpkg"):
        (folder / part).mkdir(parents=True)
    for part in ("lists", "cache/archives"):
        (folder / "var" / part / "partial").mkdir(parents=True)
    (folder / "var/lib/dpkg/status").touch()
    keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
    sources = folder / "etc/apt/sources.list"
    sources.write_text(f"deb [signed-by={keys}] {MIRROR} {SUITE} main\n")
    options = (
        *("-o", f"Dir={folder.resolve()}", "-o", "APT::Architecture=arm64"),
        *("-o", f"Dir::State::status={folder.resolve()}/var/lib/dpkg/status"),
        *("-o", "Dir::State::lists=lists", "-o", "APT::Sandbox::User="),
    )
    _run("apt-get", *options, "--quiet=2", "update")
    depends = _run("apt-cache", *options, "depends", "--important", "linux-image-arm64")
    (kernel,) = (line.split()[1] for line in depends.splitlines() if "Depends:" in line)
    _run("apt-get", *options, "--quiet=2", "download", kernel, "busybox-static", folder=folder)
    return sorted(folder.glob("*.deb"))


def _copy_modules(source: Path, target: Path) -> None:
    for path in _closure(source, GUEST_MODULES):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / path, target / path)
    for index in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        shutil.copy(source / index, target)


def _write_initrd(target: Path, folder: Path, unpacked: Path, modules: list[Path]) -> None:
    """The archive that the kernel unpacks into memory: busybox, modules and the script above."""
    for part in ("bin", "dev", "proc", "sys", "root", "modules"):
        (folder / part).mkdir(parents=True)
    shutil.copy(unpacked / "usr/bin/busybox", folder / "bin/busybox")
    for number, module in enumerate(modules):
        (folder / f"modules/{number:02}.ko").write_bytes(lzma.decompress(module.read_bytes()))
    (folder / "init").write_text(_INIT)
    (folder / "init").chmod(0o755)
    names = "".join(f"{path.relative_to(folder)}\n" for path in sorted(folder.rglob("*")))
    archive = subprocess.run(
        ["cpio", "--quiet", "-o", "-H", "newc"],
        input=names.encode(),
        cwd=folder,
        check=True,
        capture_output=True,
    ).stdout
    target.write_bytes(gzip.compress(archive, 1))


def _run(*command: str | Path, folder: Path | None = None) -> str:
    done = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout
