"""Setup's step about the network: which pack it proposes, and what it makes of the answer."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest

from calibrations import calibration, refusals
from door_kit import PACK, Door
from facedoor.config import file as config_file
from facedoor.config.file import as_in_the_unit
from facedoor.errors import UsageError
from facedoor.setup.board import Board
from facedoor.setup.configuration import Configuration
from facedoor.setup.network import NETWORK
from facedoor.setup.talk import Bench
from facedoor.vision import pack
from machine_kit import Machine, ScriptedTalk

LARGE = "MemTotal:        8049228 kB\n", "Features\t: fp asimd crc32 asimddp\n"
ZERO_2_W = "MemTotal:         437912 kB\n", "Features\t: fp asimd evtstrm crc32 cpuid\n"
PI_4 = "MemTotal:        8049228 kB\n", "Features\t: fp asimd evtstrm crc32 cpuid\n"


def make_pack(folder: Path, name: str, embedder: bytes, *points: tuple[float, float]) -> Path:
    """A pack in ``folder``/``name`` with models that are only names; ``points`` are the shares of
    looks, at distances, that it refuses to whoever is enrolled."""
    made = folder / name
    made.mkdir(parents=True)
    sha256 = hashlib.sha256(embedder).hexdigest()
    values = json.loads((PACK / pack.MANIFEST).read_text())
    for model in (values["embedder"], values["search"], values["landmarks"]):
        model["sha256"] = sha256
        (made / model["file"]).write_bytes(embedder)
    known = calibration(corrected=False)
    plain = (
        dataclasses.replace(
            known.plain, refusals=tuple(refusals(photos, *points) for photos in (1, 5))
        )
        if points
        else None
    )
    measured = known if plain is None else dataclasses.replace(known, plain=plain)
    measured = dataclasses.replace(measured, embedder_sha256=sha256)
    values |= {"name": name, "liveness": None, "calibration": dataclasses.asdict(measured)}
    values["schema"] = pack.SCHEMA
    (made / pack.MANIFEST).write_text(json.dumps(values))
    return made


class Step:
    """The step at a door with two packs side by side, FaceNet's in use."""

    def __init__(self, door: Door, machine: Machine, folder: Path) -> None:
        self.door, self.machine = door, machine
        self.packs = folder
        self.used = make_pack(folder, "facenet", b"large" * 99, (0.5, 0.4), (0.6, 0.1))
        door.configure("models", pack=str(self.used))
        self.board(*LARGE)

    def board(self, memory: str, processor: str) -> None:
        self.machine.write("proc/meminfo", memory)
        self.machine.write("proc/cpuinfo", f"processor\t: 0\n{processor}")

    def bench(self, *answers: tuple[str, str]) -> Bench:
        return Bench(
            ScriptedTalk(list(answers)), Configuration(self.door.config), self.machine.root
        )

    def reached(self) -> str:
        with as_in_the_unit(self.door.config):
            return NETWORK.reached(self.bench())

    def do(self, *answers: tuple[str, str]) -> str:
        bench = self.bench(*answers)
        with as_in_the_unit(self.door.config):
            NETWORK.do(bench)
        assert isinstance(bench.talk, ScriptedTalk)
        assert not bench.talk.answers
        return bench.talk.text

    @property
    def pack(self) -> str:
        return config_file.load(self.door.config).pack_directory.name


@pytest.fixture
def alone(empty_door: Door, machine: Machine, tmp_path: Path) -> Step:
    """A door that has no other pack."""
    return Step(empty_door, machine, tmp_path / "packs")


@pytest.fixture
def step(alone: Step) -> Step:
    make_pack(alone.packs, "mobilefacenet", b"small", (0.5, 0.2), (0.6, 0.05))
    return alone


def test_on_a_large_board_with_few_people_all_stays_as_it_is(step: Step) -> None:
    assert step.reached() == "facenet"
    said = step.do(("how many people", "2"), ("which one", ""))
    assert "1  facenet, 0.0 MB in int8" in said
    assert "2  mobilefacenet" in said
    assert step.pack == "facenet"


def test_where_many_people_are_to_be_known_the_one_that_refuses_fewer_is_proposed(
    step: Step,
) -> None:
    # A risk of 1e-5 over ten people is 1e-6 for each: the distance of 0.5, beyond the measured.
    said = step.do(("how many people", "10"), ("which one", ""))
    assert (
        "40 % of a resident's looks are refused with 10 enrolled by 5 photos each (in use" in said
    )
    assert "20 % of a resident's looks are refused with 10 enrolled by 5 photos each" in said
    assert step.pack == "mobilefacenet"


@pytest.mark.parametrize("board", [ZERO_2_W, PI_4])
def test_on_a_small_board_the_smaller_one_is_proposed(step: Step, board: tuple[str, str]) -> None:
    step.board(*board)
    assert step.reached() == ""
    assert "a network of less work suits it" in step.do(("how many", "1"), ("which one", ""))
    assert step.pack == "mobilefacenet"
    assert step.reached() == "mobilefacenet"


def test_what_is_proposed_need_not_be_taken(step: Step) -> None:
    step.board(*ZERO_2_W)
    step.do(("how many", "1"), ("which one", "1"))
    assert step.pack == "facenet"
    step.board(*LARGE)
    step.do(("how many", "1"), ("which one", "2"))
    assert step.pack == "mobilefacenet"
    with pytest.raises(UsageError, match="there are 2 packs, and no number 3"):
        step.do(("how many", "1"), ("which one", "3"))
    with pytest.raises(UsageError, match="'all' is no number"):
        step.do(("how many", "all"))


@pytest.mark.parametrize(
    ("section", "values"), [("recognition", {"threshold": 0.75}), ("models", {"second": "/other"})]
)
def test_with_a_setting_about_distances_of_the_network_in_use_no_other_is_taken(
    step: Step, section: str, values: dict[str, object]
) -> None:
    step.door.configure(section, **values)
    with pytest.raises(
        UsageError, match=rf"\[{section}\] .*facenet.*take it out, and choose again"
    ):
        step.do(("how many", "1"), ("which one", "2"))
    assert step.pack == "facenet"
    step.do(("how many", "1"), ("which one", "1"))


def test_without_another_pack_it_says_where_one_comes_from(alone: Step) -> None:
    alone.board(*ZERO_2_W)
    assert alone.reached() == "facenet"
    assert "docs/networks.md" in alone.do(("how many", "10"))
    assert alone.pack == "facenet"


def test_a_damaged_pack_is_named_and_not_offered(step: Step) -> None:
    (step.packs / "mobilefacenet" / "embedder.tflite").write_bytes(b"another")
    assert "is not the file that the manifest names" in step.do(("how many", "10"))
    assert step.pack == "facenet"


def test_a_pack_that_does_not_say_what_it_refuses_is_no_better(alone: Step) -> None:
    make_pack(alone.packs, "mobilefacenet", b"small")
    said = alone.do(("how many people", "10"), ("which one", ""))
    assert "2  mobilefacenet, 0.0 MB in int8: it does not say how many looks it refuses" in said
    assert alone.pack == "facenet"


def test_whoever_is_enrolled_has_to_be_enrolled_again(
    door: Door, machine: Machine, tmp_path: Path
) -> None:
    step = Step(door, machine, tmp_path / "packs")
    make_pack(step.packs, "mobilefacenet", b"small", (0.5, 0.2), (0.6, 0.05))
    said = step.do(("how many people", ""), ("which one", "2"))
    assert "2 people enrolled so far have templates of another network" in said


def test_a_board_that_tells_nothing_is_not_small(tmp_path: Path) -> None:
    assert not Board.at(tmp_path).is_small
    assert str(Board.at(tmp_path)) == "This board has an instruction to multiply and add bytes"
