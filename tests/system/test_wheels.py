"""Every dependency can be installed on a 64-bit Raspberry Pi without compiling anything."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from door_kit import ended
from facedoor_deb.lock import read_lock
from facedoor_deb.pip import PYTHONS, pip_target

UNREACHABLE = ("Connection", "Temporary failure in name resolution", "timed out", "ProxyError")
DEADLINE_S = 300


def resolve(releases: list[str], python: str, folder: Path) -> list[str]:
    """The names of the wheels that pip would install on a Pi; nothing is installed or built."""
    report = folder / "report.json"
    done = ended(
        *(sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed"),
        *("--disable-pip-version-check", "--quiet", "--no-input", "--retries", "1"),
        *pip_target("arm64", python),
        *("--target", folder / "target", "--report", report, *releases),
        within_s=DEADLINE_S,
    )
    for line in done.error.splitlines() if done.exit_code != 0 else ():
        if any(sign in line for sign in UNREACHABLE):
            pytest.skip(f"no package index answers: {line}")
    assert done.exit_code == 0, done.error
    installed = json.loads(report.read_text())["install"]
    return [item["download_info"]["url"].rsplit("/", 1)[-1] for item in installed]


@pytest.mark.parametrize("python", PYTHONS)
def test_every_dependency_of_the_door_has_a_wheel_for_the_pi(python: str, tmp_path: Path) -> None:
    # One wheel for all processors is no machine code.
    releases = [
        release for release, hashes in read_lock(f"door-{python}").items() if len(hashes) > 1
    ]
    wheels = resolve(["--no-deps", *releases], python, tmp_path)
    assert len(wheels) == len(releases)
    assert all(wheel.endswith("aarch64.whl") for wheel in wheels), wheels


def test_what_has_no_wheel_would_be_noticed(tmp_path: Path) -> None:
    # picamera2 itself is a wheel, but not all that it needs is one: so it comes from apt.
    with pytest.raises(AssertionError, match="No matching distribution"):
        resolve(["picamera2==0.3.31"], "3.11", tmp_path)
