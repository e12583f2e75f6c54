"""The wheel of facedoor-send, made of a small one that looks like facedoor's."""

from __future__ import annotations

import base64
import hashlib
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from facedoor_deb.send_wheel import send_wheel

CLONE = Path(__file__).parents[2]
METADATA = """\
Metadata-Version: 2.4
Name: facedoor
Version: 1.2.3
License-Expression: MIT
Requires-Python: >=3.11
Requires-Dist: numpy>=1.26
Requires-Dist: paho-mqtt>=2.1
Provides-Extra: send
Requires-Dist: paho-mqtt>=2.1; extra == "send"
Provides-Extra: dashboard
Requires-Dist: uvicorn>=0.40; extra == "dashboard"

Name: this is in the description
"""


def wheel_of(folder: Path, metadata: str) -> Path:
    info = "facedoor-1.2.3.dist-info"
    files = {
        "facedoor/__init__.py": "code",
        "facedoor/dashboard/static/app.js": "page",
        "facedoor_convert/__init__.py": "converter",
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0",
        f"{info}/entry_points.txt": "[console_scripts]\nfacedoor-convert = gone",
        f"{info}/RECORD": "old",
    }
    path = folder / "facedoor-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(zipfile.ZipInfo(name, (2026, 11, 29, 12, 0, 0)), text)
    return path


def test_it_has_the_code_and_what_sending_needs_the_same_bytes_each_time(tmp_path: Path) -> None:
    wheel = wheel_of(tmp_path, METADATA)
    made = send_wheel(wheel, tmp_path)
    assert made.name == "facedoor_send-1.2.3-py3-none-any.whl"
    before = made.read_bytes()
    assert send_wheel(wheel, tmp_path).read_bytes() == before
    with zipfile.ZipFile(made) as zipped:
        files = {name: zipped.read(name) for name in zipped.namelist()}
    info = "facedoor_send-1.2.3.dist-info"
    names = ("METADATA", "WHEEL", "entry_points.txt", "RECORD")
    assert set(files) == {"facedoor/__init__.py", *(f"{info}/{name}" for name in names)}
    told = message_from_bytes(files[f"{info}/METADATA"])
    assert (told["Name"], told["Version"]) == ("facedoor-send", "1.2.3")
    assert told.get_all("Requires-Dist") == ["paho-mqtt>=2.1"]
    recorded = [line.split(",") for line in files.pop(f"{info}/RECORD").decode().splitlines()]
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        assert [name, f"sha256={digest}", str(len(data))] in recorded


def test_wheel_without_the_extra_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no extra send"):
        send_wheel(wheel_of(tmp_path, METADATA.replace("send", "sent")), tmp_path)


def test_what_sending_needs_a_door_needs_too() -> None:
    project = tomllib.loads((CLONE / "pyproject.toml").read_text())["project"]
    assert set(project["optional-dependencies"]["send"]) < set(project["dependencies"])
