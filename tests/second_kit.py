"""A second pack that needs no other network: FaceNet once more, with a table of joint distances."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

from calibrations import table
from door_kit import PACK
from facedoor.vision import pack
from facedoor.vision.calibration import Calibration, JointCalibration

OTHER = "f" * 64


def joint_of(
    first: pack.Manifest, second_sha256: str, asks_within: float = 1.3
) -> JointCalibration:
    """One by which joint distances are worth what FaceNet's plain ones are, about."""
    risk = table((1e-9, 0.5), (1e-6, 0.7), (1e-5, 0.85), (1e-3, 1.0), (0.1, 1.2))
    measured = Calibration(first.embedder.sha256, "nobody", 1000, 500_000, "none", plain=risk)
    return JointCalibration(second_sha256, 1.0, asks_within, measured)


def other_pack(folder: Path) -> Path:
    """A pack of another network, as far as templates go, that needs none beside it."""
    return second_pack(folder, name="other", joint=None)


def second_pack(folder: Path, **changes: object) -> Path:
    """The pack in ``folder``, which is made; ``changes`` are those of its manifest."""
    first = pack.load(PACK).manifest
    folder.mkdir(exist_ok=True)
    for model in first.models:
        (folder / model.file).symlink_to(PACK / model.file)
    # Another build of the network: its templates are its own.
    embedder = folder / first.embedder.file
    embedder.unlink()
    embedder.write_bytes((PACK / first.embedder.file).read_bytes() + b"\0")
    sha256 = hashlib.sha256(embedder.read_bytes()).hexdigest()
    own = dataclasses.replace(first.embedder, sha256=sha256)
    values = {
        "name": "second",
        "embedder": own,
        "calibration": None,
        "joint": joint_of(first, own.sha256),
        "schema": pack.SCHEMA,
    }
    manifest = dataclasses.replace(first, **{**values, **changes})
    (folder / pack.MANIFEST).write_text(manifest.to_json())
    return folder
