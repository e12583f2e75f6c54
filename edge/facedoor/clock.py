"""What time it is at the door, and whether that is known: the one notion of trusted time.

A Pi without a battery clock starts with the time at which it was switched off, or in 1970, until
the network tells it better. So the time that the system shows counts only while it is *proven*: a
time server has set it, a hardware clock agrees with it, or root says that it is right. What is
proven is how far the wall clock is from the clock that counts from the start of the system, which
nobody can set. Whoever sets the wall clock takes the proof away with it, until it is proven anew.

One thread looks for evidence (:meth:`DoorClock.look`), twice a second; every other asks
(:meth:`DoorClock.reading`), which touches no file.
"""

from __future__ import annotations

import ctypes
import enum
import functools
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from facedoor.languages import N_, _
from facedoor.times import RELEASED_S

STEP_S = 5.0
"""The wall clock was set, if it has moved further than this against the clock since the start."""

AGREES_S = 10.0
"""So near to the system's time a hardware clock has to be, which tells whole seconds and drifts."""

LEAP_S = 3 * 86400.0
"""Time that is proven so far ahead of what was known before may come from a bad time server."""

SETTLES_S = 86400.0
"""After a leap nothing is erased by age before the door has run for so long on the new time."""

NOTED_EVERY_S = 3600.0
"""How far what is kept of the known time may lag behind."""

NEXT_STEP = N_("connect the network, or set the clock and say so: sudo facedoor clock trust")

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TIMESYNCD_MARK = Path("run/systemd/timesync/synchronized")
_HARDWARE_CLOCKS = Path("sys/class/rtc")
_TIMEX_BYTES, _TIME_ERROR = 512, 5
_AT_ONCE_S = 0.5


class Evidence(enum.StrEnum):
    """What vouches for the time."""

    SYNCHRONISED = "synchronised"
    HARDWARE_CLOCK = "hardware_clock"
    ROOT = "root"

    @property
    def sentence(self) -> str:
        return {
            Evidence.SYNCHRONISED: _("a time server sets the clock"),
            Evidence.HARDWARE_CLOCK: _("the hardware clock agrees"),
            Evidence.ROOT: _("root has said that it is right"),
        }[self]


@dataclass(frozen=True, slots=True)
class Machine:
    """The clocks of a machine, and where it tells who sets them.

    ``wall_s`` counts from 1970 and can be set by anybody, ``boot_s`` steadily from the start of the
    system, which ``boot`` names. Below ``root`` are ``run`` and ``sys``. ``is_synchronised`` says
    what the kernel has been told: ``None`` where it must not be asked.
    """

    wall_s: Callable[[], float]
    boot_s: Callable[[], float]
    boot: str
    root: Path
    is_synchronised: Callable[[], bool | None]


def this_machine(root: Path = Path("/")) -> Machine:
    """The machine that this process runs on."""
    return Machine(time.time, boot_clock_s, boot_id(), root, is_kernel_synchronised)


def boot_clock_s() -> float:
    """Seconds since the system started, those in which it slept included; nobody can set it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id() -> str:
    """Names this start of the system; empty where the system does not say."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def is_kernel_synchronised() -> bool | None:
    """Whether timesyncd, chrony or ntpd has set the kernel's clock, and nobody else since.

    Whoever sets the clock in another way makes the kernel forget it. ``None``: nobody may ask.
    """
    adjust = _adjtimex()
    # With no mode set it only tells; it says "error" while the clock is not synchronised.
    state = -1 if adjust is None else int(adjust(ctypes.create_string_buffer(_TIMEX_BYTES)))
    return None if state < 0 else state != _TIME_ERROR


@functools.cache
def _adjtimex() -> Callable[..., int] | None:
    with suppress(OSError, AttributeError):
        found: Callable[..., int] = ctypes.CDLL(None).adjtimex
        return found
    return None


@dataclass(frozen=True, slots=True)
class Proof:
    """In the start of the system that ``boot`` names, the wall clock is right where it is
    ``offset_s`` ahead of the boot clock; it has been proven to stand there since ``since_s`` of the
    boot clock. ``mark_ns`` is the time of the last mark of timesyncd that counted for it."""

    evidence: Evidence
    boot: str
    offset_s: float
    since_s: float
    mark_ns: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept over a restart of the service: the last proof, and the latest time, in seconds
    since 1970, that was proven and no leap from what was known before."""

    proof: Proof | None = None
    time_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DoorTime:
    """What the wall clock shows, in seconds since 1970, and what proves it.

    Where nothing does, ``why_not`` is half a sentence that says why. ``is_settled`` says whether
    something may be erased because of its age.
    """

    now_s: float
    evidence: Evidence | None
    why_not: str = ""
    is_settled: bool = False

    @property
    def is_proven(self) -> bool:
        return self.evidence is not None

    @property
    def now(self) -> datetime:
        """In UTC."""
        return datetime.fromtimestamp(self.now_s, UTC)

    @property
    def earliest(self) -> datetime:
        """It is not earlier than that, in UTC."""
        return self.now if self.is_proven else datetime.fromtimestamp(RELEASED_S, UTC)

    @classmethod
    def supposed(cls, moment: datetime) -> DoorTime:
        """As if it were ``moment``, which has a time zone, and that known."""
        return cls(moment.timestamp(), Evidence.ROOT)


class DoorClock:
    """The clock of one door. :meth:`look` is for one thread, the rest for any."""

    def __init__(self, machine: Machine | None = None) -> None:
        """Nothing is proven before the first :meth:`look`."""
        self._machine = machine or this_machine()
        self._known = Known()
        self._seen_mark_ns: int | None = None

    @property
    def boot(self) -> str:
        """Names this start of the system."""
        return self._machine.boot

    def boot_s(self) -> float:
        """Seconds since the system started: counts on whatever becomes of the wall clock."""
        return self._machine.boot_s()

    def reading(self) -> DoorTime:
        """The time now, and whether it is proven. Does not wait."""
        now_s, boot_s = self._both()
        proof = self._known.proof
        if proof is None or not _holds(proof, now_s - boot_s):
            return DoorTime(now_s, None, _why_not(proof, now_s))
        return DoorTime(now_s, proof.evidence, is_settled=self._is_settled(proof, now_s, boot_s))

    def look(self, known: Known | None = None) -> Known:
        """Look for evidence. ``known`` is what is kept, also by other processes; without it what
        this clock knows itself. Returns what is to be kept from now on."""
        known = known or self._known
        now_s, boot_s = self._both()
        proof = known.proof
        if proof is not None and (proof.boot != self.boot or not self.boot):
            proof = None
        holds = proof is not None and _holds(proof, now_s - boot_s)
        mark_ns = self._mark_ns()
        evidence = self._evidence(now_s, mark_ns, proof, known.time_s, asks_hardware=not holds)
        self._seen_mark_ns = mark_ns
        # Not if somebody has set the clock in the middle of it.
        if evidence and abs(self._offset_s() - (now_s - boot_s)) < STEP_S:
            since_s = proof.since_s if proof is not None and holds else boot_s
            proof = _moved(proof, Proof(evidence, self.boot, now_s - boot_s, since_s, mark_ns))
            holds = True
        known = replace(known, proof=proof)
        if proof is not None and holds:
            self._known = known
            settled = self._is_settled(proof, now_s, boot_s)
            if settled and abs(now_s - known.time_s) >= NOTED_EVERY_S:
                known = replace(known, time_s=now_s)
        self._known = known
        return known

    def trusted_by_root(self, known: Known) -> Known:
        """What is to be kept when root says that the wall clock is right now."""
        now_s, boot_s = self._both()
        proof = Proof(Evidence.ROOT, self.boot, now_s - boot_s, boot_s, self._mark_ns())
        return replace(known, proof=proof)

    def _evidence(
        self,
        now_s: float,
        mark_ns: int,
        proof: Proof | None,
        known_s: float,
        *,
        asks_hardware: bool,
    ) -> Evidence | None:
        """What proves the time anew."""
        if now_s < RELEASED_S:
            return None
        is_synchronised = self._machine.is_synchronised()
        if is_synchronised or self._is_new(mark_ns, now_s, proof, is_synchronised):
            return Evidence.SYNCHRONISED
        if asks_hardware and now_s + STEP_S >= known_s and self._hardware_agrees(now_s):
            return Evidence.HARDWARE_CLOCK
        return None

    def _is_new(
        self, mark_ns: int, now_s: float, proof: Proof | None, is_synchronised: bool | None
    ) -> bool:
        """Whether timesyncd has set the clock, and nobody else since. Its mark stays where it is
        when somebody sets the clock; the kernel knows that, if it may be asked."""
        if not mark_ns or mark_ns / 1e9 > now_s + STEP_S:
            return False
        if self._seen_mark_ns is not None and mark_ns != self._seen_mark_ns:
            return True
        return is_synchronised is None and (proof is None or mark_ns != proof.mark_ns)

    def _mark_ns(self) -> int:
        """When timesyncd has last set the clock, by that clock; 0: never."""
        with suppress(OSError):
            return (self._machine.root / _TIMESYNCD_MARK).stat().st_mtime_ns
        return 0

    def _hardware_agrees(self, now_s: float) -> bool:
        """Whether the clock that the system was started from shows the same."""
        for clock in (self._machine.root / _HARDWARE_CLOCKS).glob("rtc*"):
            with suppress(OSError, ValueError):  # one without power has no time to tell
                if int((clock / "hctosys").read_text()):
                    shown_s = int((clock / "since_epoch").read_text())
                    return abs(shown_s - now_s) <= AGREES_S
        return False

    def _is_settled(self, proof: Proof, now_s: float, boot_s: float) -> bool:
        is_leap = now_s - self._known.time_s > LEAP_S
        return not is_leap or boot_s - proof.since_s >= SETTLES_S

    def _offset_s(self) -> float:
        now_s, boot_s = self._both()
        return now_s - boot_s

    def _both(self) -> tuple[float, float]:
        """Wall clock and boot clock at one moment, also in a process that was stopped between."""
        while True:
            before_s, now_s, boot_s = self.boot_s(), self._machine.wall_s(), self.boot_s()
            if boot_s - before_s < _AT_ONCE_S:
                return now_s, boot_s


def _holds(proof: Proof, offset_s: float) -> bool:
    return abs(offset_s - proof.offset_s) <= STEP_S


def _moved(before: Proof | None, now: Proof) -> Proof:
    """``now``, or what was there ``before`` where the difference is not worth a write."""
    if before is None or abs(before.offset_s - now.offset_s) >= _AT_ONCE_S:
        return now
    return before if replace(now, offset_s=before.offset_s) == before else now


def _why_not(proof: Proof | None, now_s: float) -> str:
    """It stays the same while the cause does, so it tells no time."""
    if now_s < RELEASED_S:
        return _("the clock shows a day before this version of facedoor was made")
    if proof is not None:
        return _("somebody has set the clock since it was known to be right")
    return _(
        "no time server and no hardware clock has confirmed the clock since the system started"
    )
