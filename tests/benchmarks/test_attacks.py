"""Made-up attacks: whose photo is shown, as what, how near, and that the clips can be measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from benchmarks import attacks
from facedoor.errors import UsageError
from facedoor.frames import Image
from facedoor.vision.reader import FaceReader
from facedoor_convert.liveness.clips import clips_in


@pytest.fixture(autouse=True)
def few_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attacks, "FPS", 5)


def frames_of(clip: Path) -> Iterator[Image]:
    capture = cv2.VideoCapture(str(clip))
    while (found := capture.read())[0]:
        yield cv2.cvtColor(found[1], cv2.COLOR_BGR2RGB)


def test_a_medium_is_shown_whole_and_so_near_that_it_fills_the_view(
    reader: FaceReader, photos: Path, tmp_path: Path
) -> None:
    (subject,) = attacks.subjects(photos / "val", 1, reader)
    for name, face_px in (("near", attacks.FACE_PX), ("filling", attacks.FILLING_PX)):
        clip = tmp_path / "print" / f"{name}.avi"
        attacks.record(attacks.script(subject, "print", face_px, seed=1), tmp_path, clip)
        frames = list(frames_of(clip))
        assert len(frames) == round(attacks.VISIT_S * attacks.FPS)
        face = reader.detector.find(frames[-1])[0]
        assert face.box.width_px == pytest.approx(face_px, rel=0.15)


def test_there_is_a_folder_for_each_species_and_one_for_the_living(
    reader: FaceReader, photos: Path, tmp_path: Path
) -> None:
    found = attacks.subjects(photos / "val", 2, reader)
    assert len({subject.name for subject in found}) == 2
    kinds = {kind: shown for kind, shown in attacks.species().items() if kind in ("live", "screen")}
    attacks.make(found, kinds, tmp_path / "attacks", lambda _: None)
    made = clips_in(tmp_path / "attacks")
    assert [clip.species for clip in made] == ["live", "live", "screen", "screen"]
    assert made[0].path.stem == found[0].name


def test_too_few_people_are_wrong_use(reader: FaceReader, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="of 0 people, not of 3"):
        attacks.subjects(tmp_path, 3, reader)
    with pytest.raises(UsageError, match="of 0 people, not of 1"):
        attacks.subjects(tmp_path / "nowhere", 1, reader)
