"""Every dependency can be installed on a 64-bit Raspberry Pi without compiling anything."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
PLATFORMS = ("manylinux2014", "manylinux_2_17", "manylinux_2_27", "manylinux_2_28")
"""What Debian 12, the oldest system that is supported, can run: it has glibc 2.36."""

UNREACHABLE = ("Connection", "Temporary failure in name resolution", "timed out", "ProxyError")
DEADLINE_S = 300


def resolve(requirements: list[str], python: str, folder: Path) -> list[str]:
    """The names of the wheels that pip would install on a Pi; nothing is installed or built."""
    report = folder / "report.json"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed"),
            *("--disable-pip-version-check", "--quiet", "--no-input", "--retries", "1"),
            *("--only-binary", ":all:", "--implementation", "cp", "--python-version", python),
            *(option for name in PLATFORMS for option in ("--platform", f"{name}_aarch64")),
            *("--target", str(folder / "target"), "--report", str(report), *requirements),
        ],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    for line in done.stderr.splitlines() if done.returncode != 0 else ():
        if any(sign in line for sign in UNREACHABLE):
            pytest.skip(f"no package index answers: {line}")
    assert done.returncode == 0, done.stderr
    installed = json.loads(report.read_text())["install"]
    return [item["download_info"]["url"].rsplit("/", 1)[-1] for item in installed]


@pytest.mark.parametrize("python", ["3.11", "3.13"])
def test_every_dependency_of_the_door_and_the_converter_has_a_wheel_for_the_pi(
    python: str, tmp_path: Path
) -> None:
    requirements = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["convert"]
    wheels = resolve(requirements, python, tmp_path)
    assert len(wheels) >= len(requirements)
    assert all(wheel.endswith(("aarch64.whl", "-none-any.whl")) for wheel in wheels), wheels


def test_what_has_no_wheel_would_be_noticed(tmp_path: Path) -> None:
    # picamera2 itself is a wheel, but not all that it needs is one: so it comes from apt.
    with pytest.raises(AssertionError, match="No matching distribution"):
        resolve(["picamera2==0.3.31"], "3.11", tmp_path)
