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
from facedoor.languages import _, ngettext
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
        ngettext(
            "{name}: {count} template, since {time}",
            "{name}: {count} templates, since {time}",
            who.templates,
        ).format(name=who.name, count=count, time=since)
        for who, (_name, count, since) in zip(people, rows, strict=True)
    ]
    text = tables.table((_("name"), _("templates"), _("since")), rows, lines)
    if without:
        said = f"{other_network.sentence(without)}: {other_network.remedy(without, pictured)}"
        text += "\n" + tables.fitted(said)
    text = text.strip("\n") or _("nobody is enrolled: facedoor enroll NAME FILE")
    told = {"people": [dataclasses.asdict(person) for person in people]}
    return answer(options, told | ({"other_network": without} if without else {}), text)


def people_rename(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Give a person another name."""
    with _gallery(settings) as gallery:
        name = gallery.rename(options.name, options.to)
    text = _("{name} is now {to}").format(name=options.name, to=name)
    return answer(options, {"person": name}, text)


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
                lines.append(_("{name} has templates of the network in use").format(name=name))
                continue
            result = recogniser.enrol_anew(name, Mandate(BY, True, tuple(options.similar)))
            told.append(dataclasses.asdict(result))
            lines += [f"{name} {image}" for image in result.images]
            if any(image.accepted for image in result.images):
                has = ngettext(
                    "{person} has {count} template",
                    "{person} has {count} templates",
                    result.templates,
                )
                lines.append(has.format(person=name, count=result.templates))
                continue
            is_whole = False
            none = _("no picture of {name} is kept, so take new photos: {command}")
            if result.images:
                none = _("none of these will do, so take new photos: {command}")
            command = f"facedoor enroll {shlex.quote(name)} FILE"
            lines.append(none.format(name=name, command=command))
    text = "\n".join(lines) or _("everybody has templates of the network in use")
    return answer(options, {"people": told}, text, yes_or_no(is_whole))


def people_forget_pictures(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Erase the pictures of enrolments."""
    from facedoor.storage.enrolment_pictures import forget
    from facedoor.storage.key_file import open_state

    with open_state(settings) as (db, vault):
        erased = forget(db, vault)
    text = ngettext(
        "{count} picture of enrolments erased", "{count} pictures of enrolments erased", erased
    ).format(count=erased)
    if settings.storage.keep_enrolment_pictures:
        text = _(
            "{said}; new ones are kept, until [storage] keep_enrolment_pictures is false"
        ).format(said=text)
    return answer(options, {"pictures": erased}, text)


def people_rekey(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Seal everything with a new key."""
    from facedoor.storage.rekey import rekey

    path = rekey(settings, options.to)
    text = _("everything is sealed with the new key in {path}").format(path=path)
    if options.to:
        text = _("{said}: make it the credential facedoor-key, then start facedoor again").format(
            said=text
        )
    return answer(options, {"key_file": str(path)}, text)


def verify(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Is this NAME?"""
    from facedoor.camera.pictures import read_picture
    from facedoor.visit.recogniser import Recogniser

    image = read_picture(options.image)
    with Recogniser(settings, read_only=True) as recogniser:
        found = recogniser.verify(options.name, image)
    text = _("the door stays shut: {why}")
    if found.door_open:
        text = _("the door opens, if that is a living face: {why}")
        if settings.liveness.mode == "off":
            text = _("the door opens: {why}")
    text = tables.fitted(text.format(why=_compared(found.person, found)))
    return answer(options, dataclasses.asdict(found), text, yes_or_no(found.door_open))


def identify(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Who is this?"""
    from facedoor.camera.pictures import read_picture
    from facedoor.visit.recogniser import Recogniser

    image = read_picture(options.image)
    with Recogniser(settings, read_only=True) as recogniser:
        found = recogniser.identify(image)
    text = tables.fitted(_compared(found.person or _("nobody who is enrolled"), found))
    if found.person is None and found.nearest is not None:
        text += "\n" + _("nearest: {name}").format(name=found.nearest)
    if found.runner_up:
        text += "\n" + _("next: {name} at {distance:.3f}").format(
            name=found.runner_up, distance=found.runner_up_distance
        )
    return answer(options, dataclasses.asdict(found), text, yes_or_no(bool(found.person)))


def _compared(who: str, found: Verification | Identification) -> str:
    if found.distance is None:
        return f"{found.reason.guidance} ({found.reason})"
    return _("{who}, {reason}: distance {distance:.3f}, one person up to {threshold:.3f}").format(
        who=who,
        reason=found.reason.guidance,
        distance=found.distance,
        threshold=found.threshold,
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
