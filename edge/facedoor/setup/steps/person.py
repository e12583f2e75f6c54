"""The first person whom the door opens for."""

from __future__ import annotations

from contextlib import closing
from functools import partial

from facedoor.camera import open_camera
from facedoor.errors import UsageError
from facedoor.frames import Image
from facedoor.identity.gallery import Gallery
from facedoor.setup.guide import Bench, Step
from facedoor.storage.key_file import load_vault
from facedoor.storage.store import open_store
from facedoor.visit.capture import capture
from facedoor.visit.recogniser import Recogniser

PICTURES = 5


def _reached(bench: Bench) -> str:
    settings = bench.settings
    if not settings.database.exists():
        return ""
    vault = load_vault(settings)
    with closing(open_store(settings.database, vault)) as db:
        names = [person.name for person in Gallery(db, vault).people()]
    return f"enrolled: {', '.join(names)}" if names else ""


def _do(bench: Bench) -> None:
    talk, settings = bench.talk, bench.settings
    name = talk.ask("the person's name")
    if not name:
        raise UsageError("nobody is enrolled without a name")
    talk.ask(f"{name}, stand before the camera in good light, as you come home. Enter: go on")
    with Recogniser(settings) as recogniser:
        with open_camera(settings.camera.source, settings.camera) as camera:
            shots = capture(camera, recogniser.reader, PICTURES, talk.say)
        pictures = (
            (f"picture {number}", partial(_given, shot)) for number, shot in enumerate(shots, 1)
        )
        result = recogniser.enrol(name, pictures)
    for image in result.images:
        talk.say(f"{'+' if image.accepted else '-'} {image.file}: {image.reason}")
    if not any(image.accepted for image in result.images):
        raise UsageError("no picture was good enough: more light, and look straight at the camera")
    talk.say(f"{result.person} has {result.templates} templates.")


def _given(image: Image) -> Image:
    return image


PERSON = Step("the first person", _reached, _do)
