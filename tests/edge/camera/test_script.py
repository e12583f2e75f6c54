"""Scripts of walk-ups, right and wrong."""

from __future__ import annotations

import pytest

from facedoor.camera.simulated import Visitor, read_script
from facedoor.errors import ConfigError


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
    """
    script = read_script(script_of(tmp_path, text))
    assert (script.seed, script.width_px, script.height_px) == (3, 640, 480)
    assert (script.fps, script.gap_s) == (7.5, 2)
    assert script.visitors[0] == Visitor("Ada", ("one.jpg", "two.jpg"), 4, 50, 200, 0.3, 1.5, 0)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
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
        ('fps = 0\n[[visitor]]\nname = "a"', "fps is 0; it has to be between 1 and 60"),
        ('seed = 1.5\n[[visitor]]\nname = "a"', "seed .*whole number"),
        ('visitors = 1\n[[visitor]]\nname = "a"', "visitors does not exist"),
    ],
)
def test_mistakes_are_named_with_file_and_key(tmp_path, text, complaint):
    with pytest.raises(ConfigError, match=rf"walk\.toml.*{complaint}"):
        read_script(script_of(tmp_path, text))


def test_a_missing_script_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"walk\.toml cannot be read"):
        read_script(tmp_path / "walk.toml")


def test_a_script_that_is_no_text_is_named(tmp_path):
    (tmp_path / "walk.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"walk\.toml cannot be read"):
        read_script(tmp_path / "walk.toml")
