"""The steps about the first person whom the door opens for, and the first key for commands."""

from __future__ import annotations

from pathlib import Path

from facedoor.camera.source import open_camera
from facedoor.checks.night import advice
from facedoor.commands.keys import CommandKeys, make_key
from facedoor.commands.known_doors import beside, known_door_line
from facedoor.errors import UsageError
from facedoor.hardware.lit_camera import LitCamera
from facedoor.identity.batch import Mandate
from facedoor.identity.gallery import Gallery
from facedoor.languages import N_, _, ngettext
from facedoor.setup.talk import Bench, SetupStep
from facedoor.storage.door_key import read_door_key
from facedoor.storage.journal import Journal
from facedoor.storage.key_file import open_state
from facedoor.storage.place import is_there
from facedoor.visit.recogniser import Recogniser, as_pictures, capture
from facedoor.wire.roles import Role

PICTURES = 5

_SCREEN = "screen"


def _reached(bench: Bench) -> str:
    settings = bench.settings
    if not is_there(settings.database):
        return ""
    with open_state(settings) as (db, vault):
        names = [person.name for person in Gallery(db, vault).people()]
    return _("enrolled: {names}").format(names=", ".join(names)) if names else ""


def _do(bench: Bench) -> None:
    talk, settings = bench.talk, bench.settings
    name = talk.ask(_("the person's name"))
    if not name:
        raise UsageError(_("nobody is enrolled without a name"))
    said = _("{name}, stand before the camera in good light, as you come home.")
    talk.say(said.format(name=name))
    talk.ask(_("Enter to go on"))
    with Recogniser(settings) as recogniser:
        guard = recogniser.gallery.same_holder(name)
        opened = open_camera(settings.camera.source, settings.camera)
        with LitCamera(opened, settings.door) as camera:
            shots = capture(camera, recogniser.enrolment_reader, PICTURES, talk.say, guard=guard)
        pictures = as_pictures(shots, _("picture"))
        result = recogniser.enrol(name, pictures, Mandate("setup", is_admin=True), guard)
        outlook = recogniser.outlook()
    for image in result.images:
        talk.say(str(image))
    if not any(image.accepted for image in result.images):
        raise UsageError(
            _("no picture was good enough: more light, and look straight at the camera")
        )
    has = ngettext(
        "{person} has {count} template.", "{person} has {count} templates.", result.templates
    )
    talk.say(has.format(person=result.person, count=result.templates))
    if outlook is not None and outlook.is_bad:
        talk.say(f"{outlook}.")
    if by_night := advice(settings):
        talk.say(_("With a lamp {advice}.").format(advice=by_night))


PERSON = SetupStep(N_("the first person"), _reached, _do)


_BY = "setup"
"""Who did it, in the journal."""


def _keys(bench: Bench) -> str:
    settings = bench.settings
    if not is_there(settings.database):
        return ""
    with open_state(settings) as (db, _vault):
        good = [key.name for key in CommandKeys(db).all() if not key.revoked_at]
    return _("keys of {names}").format(names=", ".join(good)) if good else ""


def _make_key(bench: Bench) -> None:
    talk = bench.talk
    talk.say(
        _(
            "A key signs commands: to enrol over MQTT, to unlock, to lock down. The door keeps "
            "only its public half. Whoever has the private half of this one may do everything."
        )
    )
    name = talk.ask(_("whose key is it"), "admin")
    asked = _("file for its private half, or {screen} to show it here").format(screen=_SCREEN)
    answer = talk.ask(asked, _SCREEN)
    file = None if answer == _SCREEN else Path(answer).expanduser().absolute()
    with open_state(bench.settings) as (db, vault):
        line = known_door_line(bench.settings.door.name, read_door_key(db, vault).identity)
        key, text = make_key(Journal(db, vault), name, Role.ADMIN, file, line, _BY)
    obeys = _("The door obeys {name} from now on, fingerprint {fingerprint}.")
    talk.say(obeys.format(name=key.name, fingerprint=key.fingerprint))
    if file:
        talk.say(
            _(
                "Its private half is in {file}, and who this door is in {beside}: move both to "
                "where commands are given."
            ).format(file=file, beside=beside(file))
        )
    else:
        talk.say(_("Its private half, shown this once:"))
        talk.say(text)
        talk.say(_("Who this door is, for a file of known doors: {line}").format(line=line))


KEY = SetupStep(N_("the first key for commands"), _keys, _make_key)
