"""``make deb``: build the package, and say how large it is."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from facedoor_deb.build import build, source_time_s
from facedoor_deb.pip import PROCESSORS, PackagingError
from facedoor_deb.wheels import fetch

PROJECT = Path(__file__).parents[2]


def main() -> int:
    """Build one package and return the exit code."""
    parser = argparse.ArgumentParser(prog="facedoor_deb", description="Build the package.")
    parser.add_argument("--architecture", choices=PROCESSORS, default="arm64")
    parser.add_argument("--pack", type=Path, default=PROJECT / "build" / "pack")
    parser.add_argument("--other-pack", type=Path, action="append", default=[])
    parser.add_argument("--output", type=Path, default=PROJECT / "build")
    options = parser.parse_args()
    try:
        folder = options.output / "wheels" / options.architecture
        wheels = fetch(options.architecture, folder)
        time_s = source_time_s(PROJECT)
        packs = [options.pack, *options.other_pack]
        package = build(PROJECT, options.architecture, packs, wheels, options.output, time_s)
    except PackagingError as error:
        print(f"deb: {error}", file=sys.stderr)
        return 1
    print(f"{package}: {package.stat().st_size / 1e6:.0f} MB, {len(wheels)} wheels")
    return 0


if __name__ == "__main__":
    sys.exit(main())
