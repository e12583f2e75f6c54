"""The disk of a door: Debian, the package, a configuration, one person who is enrolled."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path

from virtual_pi import stand_in, walk_up
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
    visitors = {"nobody": None, "resident": walk_up.RESIDENT, "stranger": walk_up.STRANGER}
    for name, visitor in visitors.items():
        walk_up.draw(content / name, photos, visitor)
    (content / "visit").symlink_to("nobody")
    (content / "enrol").mkdir()
    for photo in walk_up.enrolment_photos(photos):
        shutil.copy(photo, content / "enrol")
    shutil.copy(package, content / "facedoor.deb")
    shutil.copy(stand_in.build(folder), content)
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
    parts = (base.name, CONFIG, BROKER, STEPS, Path(walk_up.__file__).read_text())
    content = repr(parts).encode() + package.read_bytes()
    return hashlib.sha256(content).hexdigest()[:12]
