"""What can go wrong, each as one small function: it starts the door, strikes, and sees it end.

A fault strikes at a random moment while the door opens again and again. Afterwards everything that
is not the door's fault is as it was: the disk, the camera, the broker.
"""

from __future__ import annotations

import contextlib
import resource
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from faults import disks, memory
from faults.clock import JumpingClock, why_no_clock
from faults.scene import Scene

Fault: TypeAlias = Callable[[Scene], None]

HOUR_S = 3600
CONFIGURATION_IS_WRONG, BROKEN = 2, 3


def kill(scene: Scene) -> None:
    scene.begin()
    scene.send(signal.SIGKILL)
    scene.end(-signal.SIGKILL)


def watchdog(scene: Scene) -> None:
    """The door hangs until systemd's watchdog ends it."""
    scene.begin()
    scene.freeze(scene.chance.uniform(0.3, 1.2), awaken=signal.SIGABRT)
    scene.end(-signal.SIGABRT)


def segfault(scene: Scene) -> None:
    """A native library reads where no memory is."""
    scene.begin()
    scene.sabotage("segfault")
    scene.end(-signal.SIGSEGV)


def full_disk(scene: Scene) -> None:
    scene.let_last(disks.small_disk(scene.door.state))
    scene.begin()
    filler = disks.fill(scene.door.state)
    time.sleep(scene.chance.uniform(0.3, 1.5))
    filler.unlink()
    survive(scene)


def clock_jumps(scene: Scene) -> None:
    """The wall clock jumps by hours, forth and back; the steady clock goes on."""
    clock = JumpingClock(scene.door.folder)
    scene.begin(**clock.environment)
    for hours in (scene.chance.randint(1, 12), scene.chance.randint(-12, -1), 0):
        clock.jump(hours * HOUR_S)
        time.sleep(scene.chance.uniform(0.1, 0.5))
    survive(scene)


def broker_gone(scene: Scene) -> None:
    scene.begin()
    scene.broker.stop()
    time.sleep(scene.chance.uniform(0.1, 1.0))
    scene.broker.start()
    survive(scene)


def terminate(scene: Scene) -> None:
    scene.begin()
    scene.send(signal.SIGTERM)
    scene.end(0)


def freeze(scene: Scene) -> None:
    """The whole process stands still for a while, and goes on as if nothing had been."""
    scene.begin()
    scene.freeze(scene.chance.uniform(0.05, 1.5))
    survive(scene)


def out_of_memory(scene: Scene) -> None:
    """The process takes more memory than there is, and the kernel kills it."""
    scene.begin()
    with memory.no_more_memory(scene.process):
        scene.sabotage("leak")
        scene.wait_for_end()
    scene.end(-signal.SIGKILL)


def memory_refused(scene: Scene) -> None:
    """Every request for more memory fails; the door may end, but not badly."""
    scene.begin()
    statm = Path(f"/proc/{scene.process}/statm").read_text().split()
    limit = int(statm[0]) * resource.getpagesize() + scene.chance.randrange(4 << 20)
    old = resource.prlimit(scene.process, resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
    with contextlib.suppress(subprocess.TimeoutExpired):
        scene.wait_for_end(scene.chance.uniform(0.5, 1.5))
    if scene.has_ended:
        scene.end()
    else:
        resource.prlimit(scene.process, resource.RLIMIT_AS, old)
        survive(scene, or_end=True)


def read_only_disk(scene: Scene) -> None:
    """The disk fails, and the kernel lets nobody write to it any more, until a restart."""
    scene.let_last(disks.frail_disk(scene.door.state))
    scene.furnish()
    disks.settle(scene.door.state)
    scene.begin()
    disks.break_disk(scene.door.state)
    time.sleep(scene.chance.uniform(0.3, 2.0))
    scene.send(signal.SIGTERM)
    scene.end(0)
    disks.mend_disk(scene.door.state)


def camera_unplugged(scene: Scene) -> None:
    """A live camera falls silent: the service ends, and says so."""
    scene.door.configure("camera", source="picamera2")
    scene.begin()
    scene.unplugged.touch()
    scene.end(BROKEN)
    scene.unplugged.unlink()


def camera_gone(scene: Scene) -> None:
    """The source cannot be opened again: the service ends, and says so."""
    scene.begin()
    scene.script.unlink()
    scene.end(CONFIGURATION_IS_WRONG)
    scene.write_script()


def broker_hangs(scene: Scene) -> None:
    """The broker keeps its connections and answers nothing."""
    scene.begin()
    scene.broker.hang()
    time.sleep(scene.chance.uniform(0.1, 1.5))
    scene.broker.recover()
    survive(scene)


def survive(scene: Scene, or_end: bool = False) -> None:
    """See the door open once more, and end it in good order. ``or_end``: it may also have died."""
    scene.wait_for_pulse()
    if scene.has_ended:
        scene.end(None if or_end else 0)
        return
    scene.send(signal.SIGTERM)
    scene.end(None if or_end else 0)


FAULTS: tuple[Fault, ...] = (
    *(kill, watchdog, segfault, full_disk, clock_jumps, broker_gone),
    *(terminate, freeze, out_of_memory, memory_refused, read_only_disk),
    *(camera_unplugged, camera_gone, broker_hangs),
)
"""The first few, which a short test takes, differ most from one another."""


def why_not(folder: Path) -> dict[Fault, str]:
    """Which faults cannot be had on this machine, by this user, and why."""
    reasons = {
        full_disk: disks.why_not(disks.small_disk, folder / "small"),
        read_only_disk: disks.why_not(disks.frail_disk, folder / "frail"),
        out_of_memory: memory.why_no_limit(),
        clock_jumps: why_no_clock(),
    }
    return {fault: reason for fault, reason in reasons.items() if reason}
