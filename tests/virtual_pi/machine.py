"""The emulated machine: started, told what to do through a serial port, its pins watched.

What they do is seen from outside: in qemu's trace of its gpio chip.
"""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from virtual_pi.kernel import Kernel

_LINE = re.compile(
    r"(?P<time_s>\d+\.\d+):pl061_set_output .* output (?P<pin>\d+) to (?P<high>[01])"
)


@dataclass(frozen=True)
class Level:
    """A pin goes to a level, in seconds of this machine's clock."""

    time_s: float
    pin: int
    high: bool


def parse(line: str) -> Level | None:
    """The level in a line of the trace; ``None`` for any other line."""
    found = _LINE.search(line)
    if found is None:
        return None
    return Level(float(found["time_s"]), int(found["pin"]), found["high"] == "1")


class Levels:
    """The levels of every pin since the machine's start, each change once."""

    def __init__(self) -> None:
        self._changes: list[Level] = []
        self._heard = threading.Condition()

    def hear(self, line: str) -> None:
        level = parse(line)
        if level is None:
            return
        with self._heard:
            before = self.of(level.pin)
            if not before or before[-1].high != level.high:
                self._changes.append(level)
                self._heard.notify_all()

    def of(self, pin: int) -> list[Level]:
        """Each change of a pin, the first known level included."""
        return [level for level in self._changes if level.pin == pin]

    def wait_for(self, pin: int, count: int, within_s: float) -> list[Level]:
        """The changes of a pin, once there are so many; fails when there are not in time."""
        with self._heard:
            assert self._heard.wait_for(lambda: len(self.of(pin)) >= count, within_s), (
                f"pin {pin} changed {len(self.of(pin))} times instead of {count}"
            )
            return self.of(pin)


HARDWARE = ("-M", "virt", "-cpu", "cortex-a72", "-m", "1024")

STEADY = ("-smp", "1", "-icount", "shift=0")
"""A thousand million instructions are a second of the machine's own clock, however busy the one is
that emulates it: so the time limits of systemd mean what they mean on a Pi."""

HURRIED = ("-smp", "2", "-accel", "tcg,thread=multi")
"""As fast as two processors can, by their clock."""

REVISION = "c03114"
"""What the machine's device tree says it is, for gpiozero: a Raspberry Pi 4 B."""

START_WITHIN_S = 300.0
ANSWER_WITHIN_S = 300.0


class CommandError(Exception):
    """A command in the machine ended with another code than 0."""


class Machine:
    """An arm64 machine with a gpio chip; it runs from ``with`` to the end of the block."""

    def __init__(
        self,
        kernel: Kernel,
        disk: Path,
        folder: Path,
        keep: bool = False,
        hurried: bool = False,
        inbox: Path | None = None,
        ports: Mapping[int, int] | None = None,
    ) -> None:
        """``folder`` gets the console, the trace and qemu's own words.

        What is written to the disk is lost at the end unless it is to be kept. ``hurried`` gives up
        the steady clock and the safe disk. ``inbox`` is a tar archive, the second disk. ``ports``:
        which port of this machine leads to which inside.
        """
        self._kernel = kernel
        self._disk = disk
        self._folder = folder
        self._keep = keep
        self._hurried = hurried
        self._speed = HURRIED if hurried else STEADY
        self._inbox = inbox
        self.ports = dict(ports or {})
        self.levels = Levels()

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as parts:
            # A socket's path must be short.
            sockets = parts.enter_context(tempfile.TemporaryDirectory())
            listening = parts.enter_context(socket.socket(socket.AF_UNIX))
            listening.bind(f"{sockets}/shell")
            listening.listen()
            self._process = subprocess.Popen(
                self._command(f"{sockets}/shell"),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            listener = threading.Thread(target=self._listen, name="virtual-pi-trace")
            listener.start()
            parts.callback(listener.join)
            parts.callback(self._process.wait)
            parts.callback(self._process.kill)
            listening.settimeout(START_WITHIN_S)
            self._shell, _ = listening.accept()
            parts.enter_context(self._shell)
            self._parts = parts.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._parts.close()

    def run(self, command: str, within_s: float = ANSWER_WITHIN_S) -> str:
        """What shell commands of root print; waits for the machine's start, if it has to."""
        self._shell.settimeout(within_s)
        self._shell.sendall(f"{{ {command}\n}} </dev/null 2>&1; printf '\\0%d\\n' $?\n".encode())
        heard = bytearray()
        while not (b"\0" in heard and heard.endswith(b"\n")):
            part = self._shell.recv(65536)
            if not part:
                raise CommandError(f"the machine ended during: {command}\n{heard.decode()}")
            heard += part
        output, code = heard.decode(errors="replace").rsplit("\0", 1)
        if int(code):
            raise CommandError(f"{command!r} ended with {int(code)}:\n{output}")
        return output

    def shut_down(self) -> None:
        """End the machine as its power button would: everything is stopped in order."""
        self.run("systemctl poweroff --no-block")
        self.wait_for_end(START_WITHIN_S)

    def cut_power(self) -> None:
        self._process.kill()
        self._process.wait()

    def wait_for_end(self, within_s: float) -> None:
        self._process.wait(within_s)

    @property
    def console(self) -> str:
        return (self._folder / "console.log").read_text(errors="replace")

    def _command(self, shell: str) -> list[str]:
        layout = "qcow2" if self._disk.suffix == ".qcow2" else "raw"
        snapshot = "off" if self._keep else "on"
        # What is written with fsync has to outlast a power cut, except in the making of a disk.
        cache = "unsafe" if self._hurried else "writeback"
        forwards = "".join(
            f",hostfwd=tcp:127.0.0.1:{outside}-:{inside}" for outside, inside in self.ports.items()
        )
        inbox = (
            *("-drive", f"if=none,id=inbox,format=raw,readonly=on,file={self._inbox}"),
            *("-device", "virtio-blk-pci,drive=inbox"),
        )
        return [
            *("nice", "-n", "10", "qemu-system-aarch64", *HARDWARE, *self._speed),
            *("-nodefaults", "-display", "none", "-no-reboot"),
            *("-kernel", str(self._kernel.image), "-initrd", str(self._kernel.initrd)),
            *("-append", "console=ttyAMA0 quiet", "-dtb", str(self._device_tree())),
            *("-serial", f"file:{self._folder / 'console.log'}"),
            "-drive",
            f"if=none,id=root,format={layout},snapshot={snapshot},cache={cache},file={self._disk}",
            *("-device", "virtio-blk-pci,drive=root"),
            *(inbox if self._inbox else ()),
            *("-device", "virtio-serial-pci", "-chardev", f"socket,id=shell,path={shell}"),
            *("-device", "virtserialport,chardev=shell,name=shell"),
            *("-netdev", f"user,id=net,restrict=on{forwards}"),
            *("-device", "virtio-net-pci,netdev=net,romfile=", "-device", "virtio-rng-pci"),
            *("-msg", "timestamp=on", "-trace", "pl061_set_output"),
        ]

    def _device_tree(self) -> Path:
        """The device tree that qemu would make, with the revision of a Raspberry Pi in it."""
        tree = self._folder / "machine.dtb"
        machine = ("-M", f"virt,dumpdtb={tree}", *HARDWARE[2:], *self._speed[:2])
        bare = ("-nodefaults", "-display", "none")
        subprocess.run(["qemu-system-aarch64", *machine, *bare], check=True, capture_output=True)
        subprocess.run(["fdtput", "-c", tree, "/system"], check=True)
        entry = ("/system", "linux,revision", REVISION)
        subprocess.run(["fdtput", "-t", "x", tree, *entry], check=True)
        return tree

    def _listen(self) -> None:
        assert self._process.stderr is not None
        with (self._folder / "qemu.log").open("w") as log:
            for line in self._process.stderr:
                log.write(line)
                log.flush()
                self.levels.hear(line)
