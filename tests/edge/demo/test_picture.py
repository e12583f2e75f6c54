"""What the demonstration's picture says is what its table says."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np

from doorway import refusal
from facedoor.demo import picture, scenario
from facedoor.demo.recording import Recording, Scene, Sighting
from facedoor.frames import Match
from facedoor.visit.report import FaceView
from faces import face_at


def test_picture_and_table_state_the_same_figures(tmp_path: Path) -> None:
    recording = Recording(tuple((10.0 * n, 10.0 * n + 5) for n in range(len(scenario.VISITS))))
    decision = replace(refusal(1), distance=1.2345, liveness=0.876, nearest="Mindy")
    recording.decisions.append((11.0, decision))
    recording.sightings.append(Sighting(11.0, "Jerry", 1.3, 0.9))
    recording.time_s = 40.0
    later = FaceView(1, face_at(), Match("Jerry", 1.3, None, 2.0), None, decision, 0.9)
    recording.scenes[1] = Scene(np.zeros((480, 640, 3), np.uint8), (later,), 12)
    outcomes = scenario.judge(recording)
    with mpl.rc_context({"svg.fonttype": "none"}):
        picture.save(tmp_path / "demo.svg", recording, outcomes, picture.Limits(1.0, None))
    drawn = re.findall(r">([^<>]*)</", (tmp_path / "demo.svg").read_text())
    assert (outcomes[1].distance, outcomes[1].liveness) == ("1.234", "0.88")
    assert {"1.234 from Mindy", "liveness 0.88"} <= set(drawn)
    assert not [words for words in drawn if "from Jerry" in words]
