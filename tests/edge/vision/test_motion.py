from __future__ import annotations

import copy
import functools
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accidents import EXAMPLES
from facedoor.vision.motion import BLOCK_PX, MotionGate

FPS = 15
HOLD_S = 1.0


@functools.cache
def hallway() -> np.ndarray:
    """A wall that is brighter at one side, and a darker door: float32 (480, 640, 3)."""
    wall = np.repeat(np.linspace(120, 210, 640, dtype=np.float32)[None], 480, axis=0)
    wall[100:400, 250:400] *= 0.5
    return np.repeat(wall[..., None], 3, axis=2) * np.array([1, 0.95, 0.85], np.float32)


def face(width_px: int = 40) -> np.ndarray:
    """An oval of skin with dark hair and eyes; nan around it."""
    y, x = np.mgrid[-1 : 1 : 1.3 * width_px * 1j, -1 : 1 : width_px * 1j]
    oval = (x**2 + y**2 < 1)[..., None]
    skin = np.broadcast_to(np.array([200, 150, 125], np.float32), (*x.shape, 3)).copy()
    skin[(np.abs(np.abs(x) - 0.4) < 0.15) & (np.abs(y + 0.2) < 0.08)] = 60
    skin[y < -0.5] = (70, 50, 40)
    return np.where(oval, skin, np.nan)


class Sensor:
    """Takes noisy pictures of the hallway, one after another, and shows them to a gate."""

    def __init__(self, light: float = 1.0, sigma: float = 4.0) -> None:
        self.light = light
        self.gate = MotionGate(HOLD_S)
        self.random = np.random.default_rng(5)
        self.noise = sigma * self.random.standard_normal((540, 700, 3), np.float32)
        self.frames = 0

    def look(self, seen: np.ndarray | None = None) -> bool:
        picture = (hallway() if seen is None else seen) * self.light
        x, y = self.random.integers(0, 60, 2)
        noise = self.noise[y : y + 480, x : x + 640]
        picture = np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)
        self.frames += 1
        return self.gate.moved(picture, self.frames / FPS)

    def look_for(self, seconds: float) -> list[bool]:
        return [self.look() for _ in range(round(seconds * FPS))]


def with_face(x: int, y: int, width_px: int = 40) -> np.ndarray:
    seen, own = hallway().copy(), face(width_px)
    region = seen[y : y + own.shape[0], x : x + own.shape[1]]
    region[:] = np.where(np.isnan(own), region, own)
    return seen


def settled(light: float = 1.0, sigma: float = 4.0) -> Sensor:
    """A sensor that has looked at the empty hallway until the gate closed."""
    return copy.deepcopy(_settled(light, sigma))


@functools.cache
def _settled(light: float, sigma: float) -> Sensor:
    sensor = Sensor(light, sigma)
    assert not sensor.look_for(HOLD_S + 0.5)[-1]
    return sensor


def test_the_first_frame_is_looked_at():
    assert Sensor().look()


def test_noise_alone_does_not_open_it_and_strong_noise_is_learnt_within_seconds():
    for light, sigma in itertools.product((1.0, 0.3, 0.1), (0.0, 2.0, 4.0)):
        assert not any(settled(light, sigma).look_for(4)), (light, sigma)
    sensor = Sensor(sigma=10)
    sensor.look_for(10)
    assert not any(sensor.look_for(5))


@pytest.mark.parametrize("light", [1.0, 0.1])
@settings(max_examples=EXAMPLES // 2)
@given(x=st.integers(0, 600), y=st.integers(0, 428))
def test_a_small_face_opens_it_wherever_it_appears(light, x, y):
    assert settled(light).look(with_face(x, y))


def test_where_nothing_has_moved_yet_no_region_is_known():
    sensor = Sensor()
    sensor.look()
    assert sensor.gate.region is None
    assert settled().gate.region is None


@settings(max_examples=EXAMPLES // 2)
@given(x=st.integers(0, 560), y=st.integers(0, 376), width_px=st.sampled_from([40, 80]))
def test_the_region_is_about_what_moves(x, y, width_px):
    sensor = settled()
    sensor.look(with_face(x, y, width_px))
    region = sensor.gate.region
    height_px = 1.3 * width_px
    near = 2 * BLOCK_PX
    assert x - near <= region.left <= x + near
    assert y - near <= region.top <= y + near
    assert x + width_px - near <= region.right <= x + width_px + near
    assert y + height_px - 2 * near <= region.bottom <= y + height_px + near


def test_noise_does_not_widen_the_region_and_it_follows_who_walks():
    sensor = settled(light=0.3)
    for step in range(2 * FPS):
        sensor.look(with_face(100 + 3 * step, 200, 80))
    region = sensor.gate.region
    assert region.top > 180
    assert region.bottom < 330
    assert region.right == pytest.approx(100 + 6 * FPS + 80, abs=16)
    assert region.left > 100 + 2 * FPS, "where they were a second ago is forgotten"


def test_it_stays_open_for_a_while_after_the_last_motion_then_closes():
    sensor = settled()
    sensor.look(with_face(300, 200))
    after = sensor.look_for(4)
    assert all(after[: round(HOLD_S * FPS)])
    assert not any(after[-FPS:])


def test_who_stands_still_is_forgotten():
    """Holding a person who does not move is the tracker's task."""
    sensor = settled()
    standing = [sensor.look(with_face(300, 200)) for _ in range(6 * FPS)]
    assert standing[0]
    assert not standing[-1]


def test_who_walks_keeps_it_open():
    sensor = settled()
    assert all(sensor.look(with_face(100 + 3 * step, 200, 40 + step)) for step in range(60))


@pytest.mark.parametrize("end", [0.5, 1.3])
def test_sunset_and_dawn_do_not_open_it(end):
    sensor = settled()
    for sensor.light in np.linspace(1.0, end, 40 * FPS, dtype=np.float32):
        assert not sensor.look()


@pytest.mark.parametrize(("before", "after"), [(0.1, 1.0), (1.0, 0.1), (0.4, 1.0), (1.0, 0.5)])
def test_it_recovers_from_a_light_switch_within_two_seconds(before, after):
    sensor = settled(light=before)
    sensor.light = after
    assert not any(sensor.look_for(6)[2 * FPS :])


def test_a_lamp_that_lights_one_side_opens_it_and_is_forgotten():
    sensor = settled(light=0.4)
    lamp = np.linspace(2.5, 1, 640, dtype=np.float32)[None, :, None]
    looks = [sensor.look(hallway() * lamp) for _ in range(4 * FPS)]
    assert looks[0]
    assert not any(looks[3 * FPS :])


@given(start_s=st.floats(0, 1e6), pixels=st.integers(0, 255))
def test_an_unchanging_picture_never_opens_it_again(start_s, pixels):
    gate = MotionGate(HOLD_S)
    picture = np.full((120, 160, 3), pixels, np.uint8)
    looks = [gate.moved(picture, start_s + step / 4) for step in range(12)]
    assert looks[0]
    assert not any(looks[6:])


@given(height=st.integers(1, 40), width=st.integers(1, 40))
def test_pictures_of_any_size_and_changing_size_are_taken(height, width):
    gate = MotionGate()
    assert gate.moved(np.zeros((height, width, 3), np.uint8), 0)
    assert gate.moved(np.zeros((480, 640, 3), np.uint8), 5)


def test_the_picture_is_left_as_it_was():
    picture = hallway().astype(np.uint8)
    before = picture.copy()
    gate = MotionGate()
    gate.moved(picture, 0)
    gate.moved(picture, 1)
    assert (picture == before).all()
