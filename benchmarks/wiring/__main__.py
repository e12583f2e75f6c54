"""``make drawings``: writes each drawing into ``docs/wiring``."""

from __future__ import annotations

from pathlib import Path

from benchmarks.wiring import fittings, locks, motor, night_lamp
from benchmarks.wiring.paper import Paper

FOLDER = Path(__file__).parents[2] / "docs" / "wiring"


def drawings() -> dict[str, Paper]:
    """By the name of their file."""
    return {
        "strike": locks.one_relay(locks.STRIKE),
        "magnet-nc": locks.one_relay(locks.MAGNET_NC),
        "magnet-no": locks.one_relay(locks.MAGNET_NO),
        "motor": motor.motor(),
        "switches": fittings.switches(),
        "lights": fittings.lights(),
        "night-lamp": night_lamp.night_lamp(),
    }


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, paper in drawings().items():
        (FOLDER / f"{name}.svg").write_text(paper.svg(), encoding="utf-8")


if __name__ == "__main__":
    main()
