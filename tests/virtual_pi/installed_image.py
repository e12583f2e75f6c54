"""The disk of a door: Debian, the package, a configuration, who is enrolled and who comes."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import cv2

from facedoor.camera.pictures import read_picture
from facedoor.camera.scene import Figure, Pose, Scene
from virtual_pi.kernel import Kernel
from virtual_pi.machine import Machine

PIN = 5
"""The relay's: the chip has eight lines, and the machine's power button is on line 3."""

PULSE_S = 20.0

RESIDENT = "Mindy"

OBSERVER_PORT = 1884
"""Where the broker lets anybody listen."""

CONFIG = f"""\
[door]
pin = {PIN}
pulse_s = {PULSE_S}

[camera]
source = "folder:/srv/visit"
fps = 1.0

[liveness]
mode = "off"

[mqtt]
host = "127.0.0.1"
username = "door"

[storage]
directory = "/var/lib/facedoor"

[models]
pack = "/usr/share/facedoor/pack"
"""

BROKER = f"""\
per_listener_settings true
listener 1883 127.0.0.1
password_file /etc/mosquitto/passwords
allow_anonymous false
listener {OBSERVER_PORT}
allow_anonymous true
"""

PASSWORD = "only-for-a-machine-that-nobody-reaches"  # noqa: S105

STEPS = (
    "tar -xf /dev/vdb -C /srv",
    "DEBIAN_FRONTEND=noninteractive dpkg --install /srv/python3-lgpio*.deb /srv/facedoor.deb",
    "cp /srv/facedoor.toml /etc/facedoor/facedoor.toml",
    f"printf %s {PASSWORD} >/etc/facedoor/credentials/mqtt-password",
    "cp /srv/broker.conf /etc/mosquitto/conf.d/virtual-pi.conf",
    f"mosquitto_passwd -b -c /etc/mosquitto/passwords door {PASSWORD}",
    "chown mosquitto: /etc/mosquitto/passwords",
    f"facedoor enroll {RESIDENT} --image /srv/enrol/*.jpg",
    "rm /srv/*.deb && sync",
)

STEP_WITHIN_S = 1800.0

LGPIO = "0.2.2.0"

STAND_IN = f"""\
Package: python3-lgpio
Version: {LGPIO}
Architecture: arm64
Maintainer: nobody <nobody@localhost>
Depends: python3
Description: lgpio from PyPI, where Raspberry Pi OS is not
"""

WIDTH_PX, HEIGHT_PX = 960, 540
BEFORE, STAYS, AFTER = 3, 8, 1800
"""How many pictures show the empty hallway, the visitor, and the hallway again: nobody else comes
while a test looks at what the first visitor did."""

MINDY, ENROLLED = "mindy_kaling", 3
"""The resident's photos, and from how many pictures of ``train/`` she is known."""

VISITORS = {"nobody": None, "resident": (MINDY, 1), "stranger": ("elton_john", 0)}
"""Who comes: a folder of the five-celebrities photos, and which picture of ``val/``."""


def prepare(folder: Path, kernel: Kernel, base: Path, package: Path, photos: Path) -> Path:
    """The disk, in ``folder``; it is made anew for another package or other steps."""
    disk = folder / f"door-{_key(base, package)}.qcow2"
    if disk.exists():
        return disk
    for old in folder.glob("door-*"):
        old.unlink()
    inbox = _pack(folder, package, photos)
    unfinished = layer(folder / "door-unfinished.qcow2", base)
    with Machine(kernel, unfinished, folder / "installation", keep=True, inbox=inbox) as machine:
        for step in STEPS:
            print(f"virtual-pi: {step}", flush=True)
            print(machine.run(step, STEP_WITHIN_S), end="")
        machine.shut_down()
    unfinished.rename(disk)
    inbox.unlink()
    return disk


def layer(disk: Path, below: Path) -> Path:
    """A disk that holds only what differs from the one ``below``, which is left as it is."""
    layout = "qcow2" if below.suffix == ".qcow2" else "raw"
    options = ("-q", "-f", "qcow2", "-F", layout, "-b", below.resolve())
    subprocess.run(["qemu-img", "create", *options, disk], check=True)
    return disk


def _pack(folder: Path, package: Path, photos: Path) -> Path:
    """A tar archive of what the machine needs: it has no network to fetch anything."""
    content = folder / "inbox"
    shutil.rmtree(content, ignore_errors=True)
    for name, visitor in VISITORS.items():
        _draw(content / name, photos, visitor)
    (content / "visit").symlink_to("nobody")
    (content / "enrol").mkdir()
    # None is a picture of the visit.
    for photo in sorted((photos / "train" / MINDY).glob("*.jpg"))[:ENROLLED]:
        shutil.copy(photo, content / "enrol")
    shutil.copy(package, content / "facedoor.deb")
    shutil.copy(_stand_in(folder), content)
    (content / "facedoor.toml").write_text(CONFIG)
    (content / "broker.conf").write_text(BROKER)
    archive = folder / "inbox.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(content, ".", filter=_owned_by_root)
    shutil.rmtree(content)
    return archive


def _owned_by_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    entry.mode = 0o755 if entry.isdir() else 0o644
    return entry


def _key(base: Path, package: Path) -> str:
    content = base.name.encode() + Path(__file__).read_bytes() + package.read_bytes()
    return hashlib.sha256(content).hexdigest()[:12]


def _draw(folder: Path, photos: Path, visitor: tuple[str, int] | None) -> None:
    """Draw a visit into ``folder``: the visitor comes a little nearer from picture to picture."""
    folder.mkdir(parents=True)
    hallway = Scene(WIDTH_PX, HEIGHT_PX, seed=5)
    pictures = [hallway.empty() for _ in range(BEFORE + STAYS + 1)]
    if visitor is not None:
        person, number = visitor
        photo = sorted((photos / "val" / person).glob("*.jpg"))[number]
        figure = Figure(read_picture(photo), coat=0)
        for number in range(STAYS):
            x_px, width_px = WIDTH_PX / 2 + 6 * (number % 3), 200 + 10 * number
            figure.paint(pictures[BEFORE + number], Pose(x_px, 280, width_px, 0, 0))
    for number, picture in enumerate(pictures):
        seen = hallway.exposed(picture, light=1.0, number=number)
        file = folder / f"{number:04}.jpg"
        assert cv2.imwrite(str(file), cv2.cvtColor(seen, cv2.COLOR_RGB2BGR)), file
    last = folder / f"{len(pictures) - 1:04}.jpg"
    for number in range(len(pictures), len(pictures) + AFTER):
        os.link(last, folder / f"{number:04}.jpg")


def _stand_in(folder: Path) -> Path:
    """``python3-lgpio``, which Raspberry Pi OS has and Debian has not, as a package in ``folder``.

    PyPI has lgpio for arm64 up to Python 3.12. What its extension asks of Python is the same in
    3.13, so it is taken as it is and only named so that 3.13 finds it: good enough for a machine
    that tests a door, not for a door.
    """
    package = folder / f"python3-lgpio_{LGPIO}_arm64.deb"
    if package.exists():
        return package
    root = folder / "lgpio"
    shutil.rmtree(root, ignore_errors=True)
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", root),
            *("--only-binary", ":all:", "--python-version", "3.12"),
            *("--platform", "manylinux_2_34_aarch64", f"lgpio=={LGPIO}"),
        ],
        check=True,
    )
    (wheel,) = root.glob("*.whl")
    modules = root / "package/usr/lib/python3/dist-packages"
    shutil.unpack_archive(wheel, modules, "zip")
    (extension,) = modules.glob("_lgpio.*.so")
    extension.rename(modules / "_lgpio.so")
    control = root / "package/DEBIAN/control"
    control.parent.mkdir()
    control.write_text(STAND_IN)
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "--build", root / "package", package],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    shutil.rmtree(root)
    return package
