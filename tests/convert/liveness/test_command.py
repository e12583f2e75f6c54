"""The command on small clips that the tests make, with networks whose answer is known."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from facedoor.camera.pictures import read_picture, rotated
from facedoor.vision.pack import Pack
from facedoor_convert.cli import main as cli
from liveness_kit import constant, linear, pack_with

pytestmark = pytest.mark.usefixtures("undrawn")

FPS = 15
WIDTH_PX, HEIGHT_PX = 640, 480
RED, BLUE = (205, 40, 40), (40, 40, 205)
"""What surrounds the face in a clip of a living person, and in one of an attack."""

REDNESS = linear((0, 0, 1 / 255))
"""A network that takes redness for life (channels come as blue, green, red)."""

FILES = {"liveness.json", "report.html", "roc.png", "scores.png"}


@pytest.fixture
def people(photos: Path) -> dict[str, Path]:
    """A photo of each of two people."""
    return {
        name: sorted((photos / "val" / folder).glob("*.jpg"))[0]
        for name, folder in (("jerry", "jerry_seinfeld"), ("mindy", "mindy_kaling"))
    }


def write_clip(
    path: Path, photo: Path | None, colour: tuple[int, int, int], seconds: float, face_px: int = 230
) -> None:
    """A photo that sways on a plain wall, or the wall alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    codec = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(path), codec, FPS, (WIDTH_PX, HEIGHT_PX))
    wall = np.full((HEIGHT_PX, WIDTH_PX, 3), colour[::-1], np.uint8)
    small = None
    if photo is not None:
        face = cv2.cvtColor(read_picture(photo), cv2.COLOR_RGB2BGR)
        side = round(face_px * face.shape[0] / face.shape[1])
        small = cv2.resize(face, (face_px, side), interpolation=cv2.INTER_AREA)
    for number in range(round(seconds * FPS)):
        picture = wall.copy()
        if small is not None:
            picture[0] = 0
            side = small.shape[0]
            left = (WIDTH_PX - face_px) // 2 + round(4 * np.sin(number / 3))
            top = (HEIGHT_PX - side) // 2
            picture[top : top + side, left : left + face_px] = small
        writer.write(picture)
    writer.release()


Measure = Callable[..., tuple[int, str, str]]


@pytest.fixture
def measure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Measure:
    """Runs the command: its exit code, its output, and the last line of what it said."""

    def run(pack: Pack, clips: Path, *arguments: object) -> tuple[int, str, str]:
        always = ["liveness", "--clips", clips, "--pack", pack.directory]
        output = ["--output", tmp_path / "out"]
        code = cli.main([str(argument) for argument in (*always, *output, *arguments)])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert "unexpected" not in err
        return code, out, (err.splitlines() or [""])[-1]

    return run


def measured(measure: Measure, pack: Pack, clips: Path) -> dict[str, Any]:
    code, out, said = measure(pack, clips, "--json")
    assert code == 0, said
    found: dict[str, Any] = json.loads(out)
    return found


def test_living_people_and_attacks_are_counted_by_visit_and_by_clip(
    measure: Measure, pack: Pack, people: dict[str, Path], tmp_path: Path
) -> None:
    clips = tmp_path / "clips"
    write_clip(clips / "live" / "jerry.avi", people["jerry"], RED, 3)
    write_clip(clips / "live" / "mindy.avi", people["mindy"], RED, 0.6)
    write_clip(clips / "print" / "jerry.avi", people["jerry"], BLUE, 3)
    write_clip(clips / "replay" / "nobody.avi", None, BLUE, 0.4)
    models = pack_with(pack, tmp_path / "pack", REDNESS, constant(0.5))
    found = measured(measure, models, clips)

    kinds = found["kinds"]
    assert list(kinds) == ["live", "print", "replay"]
    assert {kind: rates["by_visit"]["presentations"] for kind, rates in kinds.items()} == {
        "live": 3,
        "print": 2,
        "replay": 1,
    }
    assert {kind: rates["by_clip"]["presentations"] for kind, rates in kinds.items()} == {
        "live": 2,
        "print": 1,
        "replay": 1,
    }
    assert kinds["print"]["by_visit"]["apcer"] == [0, 0, 1]
    assert kinds["live"]["by_clip"]["bpcer"] == [0, 0, 1]
    # Nobody was there to be judged, so nothing is known of this species.
    assert kinds["replay"]["by_visit"]["apcer"] is None
    assert kinds["replay"]["by_visit"]["apnrr"][0] == 1

    redness, steady, together = found["scores"]
    assert found["decided_by"] == together["name"] == "all networks"
    assert redness["auc"] == 1
    assert steady["auc"] == 0.5
    assert steady["least_live"] == steady["highest_attack"] == 0.5
    assert together["least_live"] == pytest.approx((redness["least_live"] + 0.5) / 2, abs=1e-3)
    jerry, mindy = (found["visits"][number]["person"] for number in (0, 2))
    assert jerry != mindy
    assert [visit["person"] for visit in found["visits"] if "jerry" in visit["clip"]] == [jerry] * 4
    out = tmp_path / "out"
    assert {file.name for file in out.iterdir()} == FILES
    assert json.loads((out / "liveness.json").read_text()) == found


def test_a_visit_has_the_looks_that_the_door_would_have_had(
    measure: Measure, pack: Pack, people: dict[str, Path], tmp_path: Path
) -> None:
    clips = tmp_path / "clips"
    for species in ("live", "print"):
        write_clip(clips / species / "jerry.avi", people["jerry"], RED, 5)
    found = measured(measure, pack_with(pack, tmp_path / "pack", REDNESS), clips)
    # Five looks at once, then one every 0.3 s: of frames 67 ms apart, every fifth.
    assert [visit["looks"] for visit in found["visits"]] == [11, 11] * 2
    assert [visit["start_s"] for visit in found["visits"]] == [0, 2.533] * 2


def test_the_same_clips_say_the_opposite_of_the_opposite_network(
    measure: Measure, pack: Pack, people: dict[str, Path], tmp_path: Path
) -> None:
    clips = tmp_path / "clips"
    write_clip(clips / "live" / "jerry.avi", people["jerry"], RED, 0.6)
    write_clip(clips / "print" / "mindy.avi", people["mindy"], BLUE, 0.6)
    mirror = linear((0, 0, -1 / 255), 1.0)
    (straight,) = measured(measure, pack_with(pack, tmp_path / "a", REDNESS), clips)["scores"]
    (mirrored,) = measured(measure, pack_with(pack, tmp_path / "b", mirror), clips)["scores"]
    assert straight["auc"] == 1 - mirrored["auc"] == 1
    assert mirrored["least_live"] == pytest.approx(1 - straight["least_live"], abs=1e-3)
    assert mirrored["highest_attack"] == pytest.approx(1 - straight["highest_attack"], abs=1e-3)


def test_a_face_that_is_too_close_is_not_judged(
    measure: Measure, pack: Pack, people: dict[str, Path], tmp_path: Path
) -> None:
    clips = tmp_path / "clips"
    write_clip(clips / "live" / "jerry.avi", people["jerry"], RED, 0.6)
    write_clip(clips / "print" / "jerry.avi", people["jerry"], BLUE, 0.6, face_px=470)
    found = measured(measure, pack_with(pack, tmp_path / "pack", constant(0.9)), clips)
    assert found["kinds"]["print"]["by_visit"]["no_response"] == 1
    assert found["visits"][1]["looks"] > 0
    (scores,) = found["scores"]
    assert (scores["auc"], scores["highest_attack"], scores["thresholds"]) == (None, None, None)


def test_a_face_that_is_upside_down_counts_no_more_than_at_the_door(
    measure: Measure, pack: Pack, people: dict[str, Path], photos: Path, tmp_path: Path
) -> None:
    clips = tmp_path / "clips"
    write_clip(clips / "live" / "jerry.avi", people["jerry"], RED, 0.6)
    for number, photo in enumerate(sorted((photos / "val").glob("ben*/*.jpg"))[:5]):
        turned = tmp_path / f"{number}.png"
        cv2.imwrite(str(turned), cv2.cvtColor(rotated(read_picture(photo), 180), cv2.COLOR_RGB2BGR))
        write_clip(clips / "print" / f"{number}.avi", turned, BLUE, 0.5)
    found = measured(measure, pack_with(pack, tmp_path / "pack", constant(0.9)), clips)
    assert found["kinds"]["live"]["by_visit"]["no_response"] == 0
    assert {visit["looks"] for visit in found["visits"][1:]} == {0}


def test_what_was_measured_is_told_in_words_and_pictures(
    measure: Measure, pack: Pack, people: dict[str, Path], tmp_path: Path
) -> None:
    clips = tmp_path / "clips"
    write_clip(clips / "live" / "jerry.avi", people["jerry"], RED, 0.6)
    write_clip(clips / "a <print>" / "mindy.avi", people["mindy"], BLUE, 0.6)
    code, out, _ = measure(pack_with(pack, tmp_path / "pack", constant(0.9)), clips)
    assert code == 0
    assert "a <print>" in out
    assert "APCER 100.0%" in out
    assert "BPCER 0.0% (0.0% to 100.0%)" in out
    report = (tmp_path / "out" / "report.html").read_text()
    assert "a &lt;print&gt;" in report
    assert "<print>" not in report
    assert "Attacks that score highest" in report
    assert "src=" in report
    assert report.count("src=") == report.count('src="data:image/')  # needs no other file


@pytest.mark.parametrize(
    ("folders", "says"),
    [
        ([], "has no folder live: put videos of living people in DIR/live"),
        (["print"], "has no folder live"),
        (["live"], "has no folder of attacks beside live"),
        (["live", ".hidden"], "has no folder of attacks beside live"),
        (["live", "print"], "live is empty: put clips in it, or remove it"),
    ],
)
def test_a_folder_without_clips_of_both_kinds_is_wrong_use(
    folders: list[str], says: str, measure: Measure, pack: Pack, tmp_path: Path
) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    for name in folders:
        (clips / name).mkdir()
    code, _, said = measure(pack, clips)
    assert (code, says in said) == (2, True), said


def test_a_folder_that_is_not_there_is_wrong_use(
    measure: Measure, pack: Pack, tmp_path: Path
) -> None:
    code, _, said = measure(pack, tmp_path / "nowhere")
    assert code == 2
    assert f"cannot read {tmp_path / 'nowhere'} (No such file or directory)" in said


def test_a_file_that_is_no_video_is_named(measure: Measure, pack: Pack, tmp_path: Path) -> None:
    for name in ("live/notes.txt", "print/a.avi"):
        (tmp_path / "clips" / name).parent.mkdir(parents=True)
        (tmp_path / "clips" / name).write_text("no video")
    models = pack_with(pack, tmp_path / "pack", constant(0.9))
    code, _, said = measure(models, tmp_path / "clips")
    assert code == 3
    assert "notes.txt is not a video that can be played" in said
    assert not (tmp_path / "out").exists()


def test_a_pack_without_a_liveness_network_has_nothing_to_measure(
    measure: Measure, pack: Pack, people: dict[str, Path], tmp_path: Path
) -> None:
    for species in ("live", "print"):
        write_clip(tmp_path / "clips" / species / "a.avi", None, RED, 0.2)
    code, _, said = measure(pack_with(pack, tmp_path / "pack"), tmp_path / "clips")
    assert code == 2
    assert "has no liveness network" in said


def test_clips_in_which_nobody_is_seen_have_no_rates(
    measure: Measure, pack: Pack, tmp_path: Path
) -> None:
    for species in ("live", "print"):
        write_clip(tmp_path / "clips" / species / "a.avi", None, RED, 0.5)
    models = pack_with(pack, tmp_path / "pack", constant(0.9))
    code, out, _ = measure(models, tmp_path / "clips")
    assert code == 0
    assert "APCER unknown: none was judged" in out
    assert "no visit was judged of one kind" in out
