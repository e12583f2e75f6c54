"""``facedoor enroll``, ``people``, ``verify`` and ``identify``: who the door opens for."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from facedoor.cli.answers import DONE, NEGATIVE, done, print_json, state
from facedoor.config.options import Config
from facedoor.errors import UsageError

if TYPE_CHECKING:
    from facedoor.frames import Image
    from facedoor.identity.gallery import Gallery
    from facedoor.vision.reader import FaceReader
    from facedoor.visit.recogniser import Identification, Verification


def enroll(options: argparse.Namespace, settings: Config) -> int:
    """Add pictures, from files or from a camera, to a person."""
    from facedoor.identity.enrolment import TEMPLATES_PER_PERSON
    from facedoor.visit.recogniser import Recogniser

    if not 1 <= options.count <= TEMPLATES_PER_PERSON:
        raise UsageError(f"--count is {options.count}; it can be 1 to {TEMPLATES_PER_PERSON}")
    with Recogniser(settings) as recogniser:
        result = recogniser.enrol(options.name, _pictures(options, settings, recogniser.reader))
    if options.json:
        print_json(dataclasses.asdict(result))
    else:
        for image in result.images:
            print(f"{'+' if image.accepted else '-'} {image.file}: {image.reason}")
        print(f"{result.person} has {result.templates} templates")
    return DONE if any(image.accepted for image in result.images) else NEGATIVE


def _pictures(
    options: argparse.Namespace, settings: Config, reader: FaceReader
) -> Iterator[tuple[str, Callable[[], Image]]]:
    """The pictures to enrol, each with the name under which its verdict is told."""
    from facedoor.camera.pictures import read_picture

    if options.image:
        for path in options.image:
            yield str(path), functools.partial(read_picture, path)
        return
    from facedoor.camera import open_camera
    from facedoor.visit.capture import capture

    with open_camera(options.camera or settings.camera.source, settings.camera) as camera:
        shots = capture(camera, reader, options.count, _hint)
    for number, shot in enumerate(shots, 1):
        yield f"picture {number}", _given(shot)


def _given(image: Image) -> Callable[[], Image]:
    return lambda: image


def _hint(text: str) -> None:
    print(text, file=sys.stderr)


def people_list(options: argparse.Namespace, settings: Config) -> int:
    """Who is enrolled."""
    with _gallery(settings) as gallery:
        people = gallery.people()
    if options.json:
        print_json({"people": [dataclasses.asdict(person) for person in people]})
    else:
        for person in people:
            print(f"{person.name}: {person.templates} templates, since {person.enrolled_at}")
        if not people:
            print("nobody is enrolled: facedoor enroll NAME --image FILE")
    return DONE


def people_rename(options: argparse.Namespace, settings: Config) -> int:
    """Give a person another name."""
    with _gallery(settings) as gallery:
        gallery.rename(options.name, options.to)
    return done(options, f"{options.name} is now {options.to}", person=options.to)


def people_remove(options: argparse.Namespace, settings: Config) -> int:
    """Forget a person and all their templates."""
    with _gallery(settings) as gallery:
        gallery.remove(options.name)
    return done(options, f"{options.name} is no longer enrolled", person=options.name)


def people_rekey(options: argparse.Namespace, settings: Config) -> int:
    """Seal everything with a new key."""
    from facedoor.storage.rekey import rekey

    path = rekey(settings, options.to)
    text = f"everything is sealed with the new key in {path}"
    if options.to:
        text += ": make it the credential facedoor-key, then start facedoor again"
    return done(options, text, key_file=str(path))


def verify(options: argparse.Namespace, settings: Config) -> int:
    """Is this NAME?"""
    from facedoor.camera.pictures import read_picture
    from facedoor.visit.recogniser import Recogniser

    image = read_picture(options.image)
    with Recogniser(settings) as recogniser:
        answer = recogniser.verify(options.name, image)
    if options.json:
        print_json(dataclasses.asdict(answer))
    else:
        verdict = "the door opens" if answer.door_open else "the door stays shut"
        print(f"{verdict}: {_compared(answer.person, answer)}")
    return DONE if answer.door_open else NEGATIVE


def identify(options: argparse.Namespace, settings: Config) -> int:
    """Who is this?"""
    from facedoor.camera.pictures import read_picture
    from facedoor.visit.recogniser import Recogniser

    image = read_picture(options.image)
    with Recogniser(settings) as recogniser:
        answer = recogniser.identify(image)
    if options.json:
        print_json(dataclasses.asdict(answer))
    else:
        print(_compared(answer.person or "nobody who is enrolled", answer))
        if answer.runner_up:
            print(f"next: {answer.runner_up} at {answer.runner_up_distance:.3f}")
    return DONE if answer.person else NEGATIVE


def _compared(who: str, answer: Verification | Identification) -> str:
    if answer.distance is None:
        return f"{answer.reason.guidance} ({answer.reason})"
    return (
        f"{who}, {answer.reason.guidance}: distance {answer.distance:.3f}, "
        f"one person up to {answer.threshold:.3f}"
    )


@contextmanager
def _gallery(settings: Config) -> Iterator[Gallery]:
    from facedoor.identity.gallery import Gallery

    with state(settings) as (db, vault):
        yield Gallery(db, vault)
