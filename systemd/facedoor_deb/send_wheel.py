"""``facedoor-send``: facedoor's wheel under another name, for machines that only give commands.

An extra can add what a distribution needs and never take it away, and whoever installs ``facedoor``
wants a door. So this one has the same code without the dashboard's page and the converter, and
needs what the extra ``send`` names. The command is called as ever; what needs more says so.

``python -m facedoor_deb.send_wheel WHEEL FOLDER`` makes it of the other one, byte for byte the same
each time.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sys
import zipfile
from pathlib import Path

NAME = "facedoor_send"

_LEFT_OUT = re.compile(r"facedoor/dashboard/(static|install)/|facedoor_convert/")
_EXTRA = re.compile(r"""^Requires-Dist: (.+?) ?; extra == ["']send["']$""", re.M)
_KEPT = ("Metadata-Version", "Version", "License-", "Classifier", "Requires-Python")

_SUMMARY = "Signed commands to facedoor, a door lock that knows faces: the sender alone."
_DESCRIPTION = """\
`facedoor send` without the rest of [facedoor](https://pypi.org/project/facedoor/): unlock, enrol,
remove, set rules from any machine that reaches the broker. Install one of the two in an
environment, not both: they have the same files.
"""


def send_wheel(wheel: Path, folder: Path) -> Path:
    """Make the wheel of ``facedoor-send`` in ``folder``, out of ``wheel``, that of facedoor."""
    with zipfile.ZipFile(wheel) as source:
        (metadata,) = (name for name in source.namelist() if name.endswith(".dist-info/METADATA"))
        old = metadata.partition("/")[0]
        version = old.removesuffix(".dist-info").partition("-")[2]
        new = f"{NAME}-{version}.dist-info"
        files = [
            (entry, f"{new}/{name.removeprefix(old + '/')}" if name.startswith(old) else name)
            for entry in source.infolist()
            if not _LEFT_OUT.match(name := entry.filename) and name != f"{old}/RECORD"
        ]
        target = folder / f"{NAME}-{version}-py3-none-any.whl"
        record = []
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as wheel_file:
            for entry, name in files:
                data = _changed(name.removeprefix(f"{new}/"), source.read(entry))
                record.append(f"{name},sha256={_digest(data)},{len(data)}\n")
                _write(wheel_file, entry, name, data)
            name = f"{new}/RECORD"
            lines = "".join([*record, f"{name},,\n"]).encode()
            _write(wheel_file, source.getinfo(metadata), name, lines)
    return target


def _changed(name: str, data: bytes) -> bytes:
    if name == "METADATA":
        return _metadata(data.decode()).encode()
    if name == "entry_points.txt":
        return b"[console_scripts]\nfacedoor = facedoor.cli.main:program\n"
    return b"facedoor\n" if name == "top_level.txt" else data


def _metadata(text: str) -> str:
    """What stands about facedoor, as it is true of ``facedoor-send``."""
    head = text.partition("\n\n")[0]
    needs = _EXTRA.findall(head)
    if not needs:
        raise ValueError("the wheel has no extra send: build it anew, from these sources")
    lines = [line for line in head.splitlines() if line.startswith(_KEPT)]
    lines += ["Name: facedoor-send", f"Summary: {_SUMMARY}"]
    lines += ["Description-Content-Type: text/markdown"]
    lines += [f"Requires-Dist: {need}" for need in needs]
    return "\n".join(lines) + f"\n\n{_DESCRIPTION}"


def _digest(data: bytes) -> str:
    digest = hashlib.sha256(data).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _write(wheel: zipfile.ZipFile, like: zipfile.ZipInfo, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, like.date_time)
    entry.external_attr = like.external_attr
    entry.compress_type = zipfile.ZIP_DEFLATED
    wheel.writestr(entry, data)


if __name__ == "__main__":
    print(send_wheel(Path(sys.argv[1]), Path(sys.argv[2])))
