"""The simulated walk-up, and its scripts, right and wrong."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from edge.camera.clock import FakeClock, frames_of
from facedoor.camera.scene import Figure, Pose
from facedoor.camera.script import Poster, Visitor, read_script
from facedoor.camera.simulated import SimulatedCamera
from facedoor.config.options import CameraConfig
from facedoor.errors import ConfigError
from facedoor.frames import Box

GREEN = (30, 230, 40)
HEADER = "seed = {seed}\nwidth_px = 320\nheight_px = 240\nfps = 10\ngap_s = 0.5\n"
VISITOR = '[[visitor]]\nname = "Ada"\nphotos = ["ada.png"]\nfrom_px = 20\nto_px = 80\n'
NOBODY = '[[visitor]]\nname = "nobody"\nstay_s = 1.0\n'


def open_script(folder, text, seed=7):
    cv2.imwrite(str(folder / "ada.png"), np.full((100, 100, 3), GREEN[::-1], np.uint8))
    (folder / "walk.toml").write_text(HEADER.format(seed=seed) + text)
    return SimulatedCamera(folder / "walk.toml", CameraConfig(), FakeClock().pacing())


def green_box(picture) -> Box | None:
    """Where the photo is: nothing else in the hallway is of its colour."""
    red, green, blue = np.moveaxis(picture.astype(int), 2, 0)
    y, x = np.nonzero((green > 1.5 * red) & (green > 1.5 * blue) & (green > 60))
    return Box(x.min(), y.min(), x.max() + 1, y.max() + 1) if len(x) > 5 else None


def test_a_visitor_comes_grows_and_leaves(tmp_path):
    camera = open_script(tmp_path, VISITOR)
    boxes = [green_box(frame.main) for frame in frames_of(camera)]
    assert boxes[:5] == [None] * 5
    assert boxes[-5:] == [None] * 5
    assert boxes[5].width_px == pytest.approx(20, abs=5)
    assert boxes[22].width_px == pytest.approx(80, abs=12)
    widths = [box.width_px for box in boxes[5:17]]
    assert all(later >= sooner - 2 for sooner, later in itertools.pairwise(widths))


def test_the_truth_about_who_is_there_is_known(tmp_path):
    camera = open_script(tmp_path, VISITOR + NOBODY)
    assert [(v.name, v.start_s, v.end_s) for v in camera.visitors] == [
        ("Ada", 0.5, 3.5),
        ("nobody", 4.0, 5.0),
    ]
    boxes = [green_box(frame.main) for frame in frames_of(camera)]
    assert boxes[4] is None
    assert boxes[5] is not None
    assert boxes[35:] == [None] * len(boxes[35:])


def test_nobody_is_an_empty_hallway(tmp_path):
    frames = frames_of(open_script(tmp_path, NOBODY))
    first = frames[0].main.astype(int)
    assert all(np.abs(frame.main - first).max() < 25 for frame in frames)


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path):
    first, second = (frames_of(open_script(tmp_path, VISITOR)) for _ in range(2))
    assert all((a.main == b.main).all() for a, b in zip(first, second, strict=True))
    assert (first[0].main != open_script(tmp_path, VISITOR, seed=1).read().main).any()


def test_the_sensor_is_noisy_but_lightly(tmp_path):
    first, second = frames_of(open_script(tmp_path, NOBODY))[:2]
    difference = first.main[40:200].astype(int) - second.main[40:200]
    assert 1.5 < difference.std() < 4


def test_light_dims_the_whole_scene(tmp_path):
    frames = frames_of(open_script(tmp_path, NOBODY + "light = 0.25"))
    assert frames[10].main.mean() == pytest.approx(0.25 * frames[0].main.mean(), rel=0.05)


def test_photos_are_shown_one_after_another(tmp_path):
    cv2.imwrite(str(tmp_path / "blue.png"), np.full((100, 100, 3), (230, 40, 30), np.uint8))
    text = VISITOR.replace('["ada.png"]', '["ada.png", "blue.png"]')
    frames = frames_of(open_script(tmp_path, text))
    assert green_box(frames[15].main)
    assert green_box(frames[22].main) is None


def test_time_runs_by_the_scripts_rate(tmp_path):
    camera = open_script(tmp_path, VISITOR)
    frames = frames_of(camera)
    assert [frame.time_s for frame in frames] == pytest.approx([i / 10 for i in range(40)])
    assert camera.recorded


def test_a_photo_that_is_missing_is_a_mistake_in_the_script(tmp_path):
    text = VISITOR.replace("ada.png", "who.png")
    with pytest.raises(ConfigError, match=r"walk\.toml: visitor 1: photos: .*who\.png"):
        open_script(tmp_path, text)


@pytest.mark.parametrize("width", [50, 100, 300])
def test_the_photo_lands_where_the_pose_says_in_the_width_it_says(width):
    picture = np.zeros((400, 600, 3), np.uint8)
    figure = Figure(np.full((120, 90, 3), GREEN, np.uint8), coat=0)
    figure.paint(picture, Pose(x_px=300, y_px=200, width_px=width, turn_deg=0, blur_px=0))
    box = green_box(picture)
    assert box.width_px == pytest.approx(width, rel=0.12)
    assert box.centre[0] == pytest.approx(300, abs=2)


@pytest.mark.parametrize("x_px", [-1000, -20, 590, 2000])
def test_a_figure_beyond_the_edge_is_cut_off(x_px):
    picture = np.full((400, 600, 3), 128, np.uint8)
    figure = Figure(np.full((120, 90, 3), GREEN, np.uint8), coat=0)
    figure.paint(picture, Pose(x_px=x_px, y_px=200, width_px=150, turn_deg=10, blur_px=2))
    assert (picture != 128).any() == (-200 < x_px < 800)


def script_of(tmp_path, text):
    path = tmp_path / "walk.toml"
    path.write_text(text)
    return path


def test_everything_but_the_name_has_a_default(tmp_path):
    script = read_script(script_of(tmp_path, '[[visitor]]\nname = "Ada"'))
    assert script.visitors == (Visitor("Ada"),)
    assert (script.width_px, script.height_px, script.fps, script.seed) == (1280, 720, 15, 7)


def test_every_key_is_read(tmp_path):
    text = """
        seed = 3
        width_px = 640
        height_px = 480
        fps = 7.5
        gap_s = 2
        [[visitor]]
        name = "Ada"
        photos = ["one.jpg", "two.jpg"]
        stay_s = 4
        from_px = 50
        to_px = 200
        light = 0.3
        blur_px = 1.5
        tilt_deg = 0
        as = "phone"
        landmarks = [[[1, 2], [3, 4], [5, 6], [7, 8]], [[9, 2], [3, 4], [5, 6], [7, 8.5]]]
        turns = [[1.5, 35], [2, 0]]
        [[poster]]
        photo = "three.jpg"
        x = 0.2
        y = 0.5
        width_px = 100
        from_s = 1
        until_s = 2
    """
    script = read_script(script_of(tmp_path, text))
    assert (script.seed, script.width_px, script.height_px) == (3, 640, 480)
    assert (script.fps, script.gap_s) == (7.5, 2)
    one, two = (((x, 2), (3, 4), (5, 6), (7, y)) for x, y in ((1, 8), (9, 8.5)))
    assert script.visitors[0] == Visitor(
        *("Ada", ("one.jpg", "two.jpg"), 4, 50, 200, 0.3, 1.5, 0),
        shown_as="phone",
        landmarks=(one, two),
        turns=((1.5, 35), (2, 0)),
    )
    assert script.posters == (Poster("three.jpg", 0.2, 0.5, 100, 1, 2),)


def test_mistakes_are_named_with_file_and_key(tmp_path):
    for text, complaint in [
        ("", "no visitor"),
        ("visitor = 3", "no visitor"),
        ("visitor = [3]", "visitor 1: it is 3; it has to be a table"),
        ("seed =", "not valid TOML"),
        ("[[visitor]]\nstay_s = 1", "visitor 1: name is missing"),
        ("[[visitor]]\nname = 3", "visitor 1: name is 3; it has to be text"),
        (
            '[[visitor]]\nname = "a"\nphoto = "x"',
            "visitor 1: photo does not exist; did you mean photos",
        ),
        ('[[visitor]]\nname = "a"\nphotos = "x"', "visitor 1: photos .*list"),
        ('[[visitor]]\nname = "a"\nphotos = [1]', "visitor 1: photos.1 is 1; it has to be text"),
        ('[[visitor]]\nname = "a"\nstay_s = "3 s"', "visitor 1: stay_s .*a number"),
        ('[[visitor]]\nname = "a"\nstay_s = true', "visitor 1: stay_s .*a number"),
        ('[[visitor]]\nname = "a"\nlight = nan', "visitor 1: light .*between"),
        (
            '[[visitor]]\nname = "a"\n[[visitor]]\nname = "b"\nto_px = 1',
            "visitor 2: to_px .*between",
        ),
        ('[[visitor]]\nname = "a"\nas = "foto"', "visitor 1: as is 'foto'; it can be 'head' or"),
        (
            '[[visitor]]\nname = "a"\nphotos = ["x", "y"]\nlandmarks = [[[1,2],[3,4],[5,6],[7,8]]]',
            "visitor 1: .*landmarks has 1 entry for 2 photos",
        ),
        ('[[visitor]]\nname = "a"\nturns = [[1, 90]]', "visitor 1: .*turns .* 60 degrees"),
        ('[[visitor]]\nname = "a"\nturns = [1]', "visitor 1: turns.1 is 1; it has to be a list"),
        ('[[visitor]]\nname = "a"\n[[poster]]\nx = 1\ny = 1', "poster.1.photo is missing"),
        ('fps = 0\n[[visitor]]\nname = "a"', "fps is 0; it has to be between 1 and 60"),
        ('seed = 1.5\n[[visitor]]\nname = "a"', "seed .*whole number"),
        ('visitors = 1\n[[visitor]]\nname = "a"', "visitors does not exist"),
    ]:
        with pytest.raises(ConfigError, match=rf"walk\.toml.*{complaint}"):
            read_script(script_of(tmp_path, text))


def test_a_script_that_is_missing_or_no_text_is_named(tmp_path):
    for content in (None, b"\xff\xfe\x00"):
        if content is not None:
            (tmp_path / "walk.toml").write_bytes(content)
        with pytest.raises(ConfigError, match=r"walk\.toml cannot be read"):
            read_script(tmp_path / "walk.toml")
