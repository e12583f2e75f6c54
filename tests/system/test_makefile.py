"""What `make` does to the machine."""

from __future__ import annotations

import subprocess
from pathlib import Path

CLONE = Path(__file__).parents[2]


def stand_in(path: Path, text: str = "") -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_only_what_is_missing_is_installed_with_apt_and_nothing_upgraded(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    for tool in ("chromium", "mosquitto", "systemd-analyze"):
        stand_in(tmp_path / tool)
    stand_in(tmp_path / "apt-get", f'echo "$@" >> {calls}')
    stand_in(tmp_path / "sudo", '"$@"')
    stand_in(tmp_path / "touch", ': > "$1"')
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    done = f"{tmp_path}/apt.installed"
    make = subprocess.run(
        ["/usr/bin/make", "-C", CLONE, f"VENV={tmp_path}", "SHELL=/bin/sh", "PYTHON=true", done],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert make.returncode == 0, make.stderr
    assert calls.read_text().splitlines() == [
        "update",
        "install -y --no-upgrade --no-install-recommends openssl",
    ]
