"""The Pi's power and heat, as its firmware has noticed them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from facedoor.checks.finding import Finding, fine, problem
from facedoor.checks.installation import Installation
from facedoor.checks.programs import answer_of, is_installed

_LOW_VOLTAGE, _CAPPED, _THROTTLED, _HOT = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_SINCE_BOOT = 16
"""The same four bits, so many places higher, say that it has happened."""


def examine_power(_door: Installation) -> Iterator[Finding]:
    """Under-voltage and throttling, where there is a firmware to ask."""
    if not is_installed("vcgencmd"):
        yield fine("power", "not asked: this is no Raspberry Pi, or vcgencmd is not installed")
        return
    said = re.search(r"throttled=0x([0-9a-fA-F]+)", answer_of("vcgencmd", "get_throttled") or "")
    if said:
        yield from judge_power(int(said[1], 16))
    else:
        yield problem(
            "power", "vcgencmd does not tell: it needs /dev/vcio", "sudo vcgencmd get_throttled"
        )


def judge_power(bits: int) -> Iterator[Finding]:
    """What ``vcgencmd get_throttled`` means."""
    now, since_boot = bits, bits >> _SINCE_BOOT
    found = False
    for mask, what, remedy in (
        (
            _LOW_VOLTAGE,
            "the supply is too weak (under-voltage), which damages memory cards",
            "use a supply of 5.1 V and 3 A (Pi 5: 5 A) with a short cable, not the lock's",
        ),
        (
            _CAPPED | _THROTTLED | _HOT,
            "the processor is slowed down, by heat or a weak supply",
            "vcgencmd measure_temp; above 80 degrees fit a heat sink or a fan",
        ),
    ):
        if (now | since_boot) & mask:
            found = True
            when = "now" if now & mask else "since the last boot, not now"
            yield problem("power", f"{what}: {when}", remedy)
    if not found:
        yield fine("power", "never too weak nor too hot since boot")
