"""Setup's steps, each by itself, with somebody who answers."""

from __future__ import annotations

from door_kit import Door
from facedoor.config import file as config_file
from facedoor.config.file import as_in_the_unit
from facedoor.setup.configuration import Configuration
from facedoor.setup.talk import Bench, SetupStep
from machine_kit import Machine, ScriptedTalk


class Steps:
    """Setup's steps at a door of its own."""

    def __init__(self, door: Door, machine: Machine) -> None:
        self.door, self.machine = door, machine
        self.slept: list[float] = []

    @property
    def settings(self) -> config_file.Config:
        return config_file.load(self.door.config)

    def bench(self, *answers: tuple[str, str]) -> Bench:
        talk = ScriptedTalk(list(answers))
        return Bench(talk, Configuration(self.door.config), self.machine.root, self.slept.append)

    def do(self, step: SetupStep, *answers: tuple[str, str]) -> str:
        """Do a step with these answers; what was said."""
        used = self.bench(*answers)
        with as_in_the_unit(self.door.config):
            step.do(used)
        assert isinstance(used.talk, ScriptedTalk)
        assert not used.talk.answers
        return used.talk.text


def standing(door: Door, person: str, photos: int = 4) -> str:
    """A camera that sees somebody for so many seconds, each time as in another photo."""
    folder = door.folder / person
    folder.mkdir()
    for number in range(photos):
        (folder / f"{number}.jpg").symlink_to(door.photo(person, number, "train"))
    return f"folder:{folder}"
