"""Packs that refuse looks as a test wants it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from calibrations import refusals
from door_kit import PACK
from facedoor.vision import pack as packs
from facedoor.vision.calibration import DistanceTable


def refusing(folder: Path, **shares: float) -> Path:
    """The pack, but of looks of people with ``one``, ``three`` and ``five`` photos it says that so
    many are refused, at whatever distance."""
    pack = packs.load(PACK)
    for model in pack.manifest.models:
        (folder / model.file).parent.mkdir(exist_ok=True)
        (folder / model.file).symlink_to(pack.path(model).absolute())
    told = tuple(
        refusals(photos, (0.0, shares[word]), (2.0, shares[word]))
        for photos, word in ((1, "one"), (3, "three"), (5, "five"))
    )

    def with_them(table: DistanceTable | None) -> DistanceTable | None:
        return table and dataclasses.replace(table, refusals=told)

    measured = pack.manifest.calibration
    assert measured is not None
    assert measured.corrected is not None
    measured = dataclasses.replace(
        measured, plain=with_them(measured.plain), corrected=with_them(measured.corrected)
    )
    manifest = dataclasses.replace(pack.manifest, calibration=measured, schema=packs.SCHEMA)
    (folder / packs.MANIFEST).write_text(manifest.to_json())
    return folder
