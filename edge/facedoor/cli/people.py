"""``facedoor people``, ``verify`` and ``identify``: who the door opens for."""

from __future__ import annotations

import argparse
import dataclasses
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from facedoor.cli import BY, answer, tables, yes_or_no
from facedoor.config.options import Config
from facedoor.errors import ExitCode
from facedoor.printable import counted
from facedoor.times import local_text

if TYPE_CHECKING:
    from facedoor.identity.gallery import Gallery
    from facedoor.visit.recogniser import Identification, Verification


def people_list(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Who is enrolled."""
    from facedoor.access.rule_book import zone_of
    from facedoor.identity import other_network
    from facedoor.identity.gallery import Gallery
    from facedoor.storage.key_file import look_at_state

    model = _model(settings)
    with look_at_state(settings) as (db, vault):
        gallery, zone = Gallery(db, vault), zone_of(db, vault)
        people = gallery.people()
        without = gallery.without(model) if model else []
        pictured = gallery.pictured() if without else set()
    rows = [(p.name, str(p.templates), local_text(p.enrolled_at, zone)) for p in people]
    lines = [
        f"{who.name}: {counted(who.templates, 'template')}, since {since}"
        for who, (_, _, since) in zip(people, rows, strict=True)
    ]
    text = tables.table(("name", "templates", "since"), rows, lines)
    if without:
        said = f"{other_network.sentence(without)}: {other_network.remedy(without, pictured)}"
        text += "\n" + tables.fitted(said)
    text = text.strip("\n") or "nobody is enrolled: facedoor enroll NAME FILE"
    told = {"people": [dataclasses.asdict(person) for person in people]}
    return answer(options, told | ({"other_network": without} if without else {}), text)


def people_rename(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Give a person another name."""
    with _gallery(settings) as gallery:
        name = gallery.rename(options.name, options.to)
    return answer(options, {"person": name}, f"{options.name} is now {name}")


def people_remove(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Forget a person and all their templates."""
    with _gallery(settings) as gallery:
        removal = gallery.remove(options.name)
    return answer(options, {"person": options.name}, str(removal))


def people_re_enrol(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Make templates for the network in use, from the pictures of enrolment that are kept."""
    from facedoor.identity.batch import Mandate
    from facedoor.visit.recogniser import Recogniser

    lines, told, is_whole = [], [], True
    with Recogniser(settings) as recogniser:
        left = recogniser.left_behind()
        asked = [recogniser.gallery.person(name).name for name in options.names]
        for name in asked or left:
            if name not in left:
                lines.append(f"{name} has templates of the network in use")
                continue
            result = recogniser.enrol_anew(name, Mandate(BY, True, tuple(options.similar)))
            told.append(dataclasses.asdict(result))
            lines += [f"{name} {image}" for image in result.images]
            if any(image.accepted for image in result.images):
                lines.append(f"{name} has {counted(result.templates, 'template')}")
                continue
            is_whole = False
            none = "none of these will do" if result.images else f"no picture of {name} is kept"
            enrolling = f"facedoor enroll {shlex.quote(name)} FILE"
            lines.append(f"{none}, so take new photos: {enrolling}")
    text = "\n".join(lines) or "everybody has templates of the network in use"
    return answer(options, {"people": told}, text, yes_or_no(is_whole))


def people_forget_pictures(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Erase the pictures of enrolments."""
    from facedoor.storage.enrolment_pictures import forget
    from facedoor.storage.key_file import open_state

    with open_state(settings) as (db, vault):
        erased = forget(db, vault)
    text = f"{counted(erased, 'picture')} of enrolments erased"
    if settings.storage.keep_enrolment_pictures:
        text += "; new ones are kept, until [storage] keep_enrolment_pictures is false"
    return answer(options, {"pictures": erased}, text)


def people_rekey(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Seal everything with a new key."""
    from facedoor.storage.rekey import rekey

    path = rekey(settings, options.to)
    text = f"everything is sealed with the new key in {path}"
    if options.to:
        text += ": make it the credential facedoor-key, then start facedoor again"
    return answer(options, {"key_file": str(path)}, text)


def verify(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Is this NAME?"""
    from facedoor.camera.pictures import read_picture
    from facedoor.visit.recogniser import Recogniser

    image = read_picture(options.image)
    with Recogniser(settings, read_only=True) as recogniser:
        found = recogniser.verify(options.name, image)
    text = "the door stays shut"
    if found.door_open:
        is_enough = settings.liveness.mode == "off"
        text = "the door opens" if is_enough else "the door opens, if that is a living face"
    text += f": {_compared(found.person, found)}"
    return answer(options, dataclasses.asdict(found), text, yes_or_no(found.door_open))


def identify(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Who is this?"""
    from facedoor.camera.pictures import read_picture
    from facedoor.visit.recogniser import Recogniser

    image = read_picture(options.image)
    with Recogniser(settings, read_only=True) as recogniser:
        found = recogniser.identify(image)
    text = _compared(found.person or "nobody who is enrolled", found)
    if found.person is None and found.nearest is not None:
        text += f"\nnearest: {found.nearest}"
    if found.runner_up:
        text += f"\nnext: {found.runner_up} at {found.runner_up_distance:.3f}"
    return answer(options, dataclasses.asdict(found), text, yes_or_no(bool(found.person)))


def _compared(who: str, found: Verification | Identification) -> str:
    if found.distance is None:
        return f"{found.reason.guidance} ({found.reason})"
    return (
        f"{who}, {found.reason.guidance}: distance {found.distance:.3f}, "
        f"one person up to {found.threshold:.3f}"
    )


def _model(settings: Config) -> str | None:
    """The SHA-256 of the embedder in use, where there is a pack: who is enrolled can be told
    without one."""
    from facedoor.errors import PackError
    from facedoor.vision import pack

    try:
        return pack.read_manifest(settings.pack_directory).embedder.sha256
    except PackError:
        return None


@contextmanager
def _gallery(settings: Config) -> Iterator[Gallery]:
    from facedoor.identity.gallery import Gallery
    from facedoor.storage.key_file import open_state

    with open_state(settings) as (db, vault):
        yield Gallery(db, vault)
