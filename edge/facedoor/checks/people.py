"""The pack, and who is enrolled for it: what risk that comes to, who may come in when, and who is
refused all the same."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime

from facedoor.access.review import oddities
from facedoor.access.rule_book import RuleBook
from facedoor.checks.installation import Finding, Installation, fine, problem
from facedoor.clock import this_machine
from facedoor.history.findings import LOOK_BACK, findings
from facedoor.history.window import between
from facedoor.identity import other_network
from facedoor.identity.gallery import Gallery
from facedoor.identity.refusals import outlook
from facedoor.identity.risk import Risk
from facedoor.languages import _, ngettext
from facedoor.storage.clock_record import clock_of
from facedoor.storage.journal import Journal
from facedoor.storage.key_file import look_at_state
from facedoor.storage.place import is_there
from facedoor.times import utc_text
from facedoor.vision import pack, second
from facedoor.vision.calibration import JointCalibration
from facedoor.vision.interpreter import Network


def examine_people(door: Installation) -> Iterator[Finding]:
    """Check whether there is somebody for whom this pack can open the door."""
    manifest = pack.load(door.settings.pack_directory).manifest
    _able, people, skipped = _counts(door, manifest)
    pictured = _pictured(door)
    remedy = "facedoor enroll NAME FILE"
    if skipped:
        yield problem(
            "people",
            ngettext(
                "of {count} person there are templates that cannot be compared, and are left out",
                "of {count} people there are templates that cannot be compared, and are left out",
                skipped,
            ).format(count=skipped),
            _("facedoor people remove NAME, then enroll; facedoor verify tells who it is"),
        )
    if pictured and not door.settings.storage.keep_enrolment_pictures:
        yield problem(
            "people",
            ngettext(
                "pictures of the enrolment of {count} person are kept, and [storage] "
                "keep_enrolment_pictures is false",
                "pictures of the enrolment of {count} people are kept, and [storage] "
                "keep_enrolment_pictures is false",
                len(pictured),
            ).format(count=len(pictured)),
            "facedoor people forget-pictures",
        )
    if not people:
        yield problem("people", _("nobody is enrolled, so the door opens for nobody"), remedy)
    elif without := _without(door, manifest):
        remedy = other_network.remedy(without, pictured)
        yield problem("people", other_network.sentence(without), remedy)
    else:
        yield fine("people", _("{count} enrolled").format(count=people))


def examine_risk(door: Installation) -> Iterator[Finding]:
    """Check what threshold the configured risk gives for this many people."""
    manifest = pack.load(door.settings.pack_directory).manifest
    able, *_rest = _counts(door, manifest)
    limit = Risk(manifest, door.settings.recognition, _joint(door, manifest)).limit(able)
    if limit.false_match_rate is None:
        remedy = _("facedoor-convert build, with a recipe that names a calibration")
        yield problem("risk", str(limit), remedy)
    else:
        yield fine("risk", str(limit))


def examine_refusals(door: Installation) -> Iterator[Finding]:
    """Check whether so many are enrolled that residents are shut out, or somebody by themselves."""
    if not is_there(door.settings.database):
        return
    manifest = pack.load(door.settings.pack_directory).manifest
    with look_at_state(door.settings) as (db, vault):
        templates = Gallery(db, vault).templates(manifest.embedder.sha256, manifest.embedding_size)
        rates = RuleBook(db, vault).rulings().false_match_rates
    if not templates.names:
        return
    settings, photos = door.settings.recognition, templates.photos()
    joint = _joint(door, manifest)
    own = Risk(manifest, settings, joint).stricter(rates, len(photos))
    found = outlook(manifest, settings, photos, own, joint)
    if found is None:
        said = _("not known: the pack is older, or was built without a calibration that says it")
        yield fine("refusals", said)
        return
    for resident in found.worse:
        remedy = f"facedoor enroll {shlex.quote(resident.name)} FILE"
        yield problem("refusals", resident.sentence, remedy)
    if found.is_bad:
        by_photos = found.with_photos is not None
        remedy = (
            "facedoor enroll NAME FILE" if by_photos else "sudoedit /etc/facedoor/facedoor.toml"
        )
        yield problem("refusals", str(found), remedy)
    else:
        yield fine("refusals", str(found))


def examine_rules(door: Installation) -> Iterator[Finding]:
    """Check whether the access rules say something that their owner may not have meant."""
    if not is_there(door.settings.database):
        return
    with look_at_state(door.settings) as (db, vault):
        rulings = RuleBook(db, vault).rulings()
        time = clock_of(db, vault, this_machine(door.root)).reading()
    odd = oddities(rulings, door.settings.rules, time)
    for oddity in odd:
        yield problem("rules", oddity.sentence, oddity.remedy or "facedoor rules show")
    if not odd:
        said = _("whoever is recognised may come in")
        if rulings.text:
            said = _("as its owner has set them")
        yield fine("rules", said)


def examine_visits(door: Installation) -> Iterator[Finding]:
    """Check whether somebody whom the door knows is refused again and again."""
    if not is_there(door.settings.database):
        return
    since = utc_text(datetime.now(UTC) - LOOK_BACK)
    with look_at_state(door.settings) as (db, vault):
        visits, _is_whole = between(Journal(db, vault), door.settings.door.name, since)
        photos = {person.name: person.templates for person in Gallery(db, vault).people()}
        zone = RuleBook(db, vault).zone()
    often = findings([visit for visit in visits if visit.ended >= since], zone, photos)
    for one in often:
        yield problem("visits", one.sentence, one.command)
    if not often:
        yield fine("visits", _("nobody whom the door knows is refused again and again"))


def _joint(door: Installation, manifest: pack.Manifest) -> JointCalibration | None:
    """What distances are worth with the second pack, where there is one."""
    return second.joint_of(second.configured(door.settings.second_pack_directory, manifest))


def _counts(door: Installation, manifest: pack.Manifest) -> tuple[int, int, int]:
    """How many people can be compared, how many there are, and of how many templates are bad."""
    if not is_there(door.settings.database):
        return 0, 0, 0
    with look_at_state(door.settings) as (db, vault):
        gallery = Gallery(db, vault)
        templates = gallery.templates(manifest.embedder.sha256, manifest.embedding_size)
        return len(templates.names), len(gallery.people()), templates.skipped


def _without(door: Installation, manifest: pack.Manifest) -> list[str]:
    """Who is enrolled, but not for the network of this pack."""
    with look_at_state(door.settings) as (db, vault):
        return Gallery(db, vault).without(manifest.embedder.sha256)


def _pictured(door: Installation) -> set[str]:
    """Of whose enrolment pictures are kept."""
    if not is_there(door.settings.database):
        return set()
    with look_at_state(door.settings) as (db, vault):
        return Gallery(db, vault).pictured()


def examine_pack(door: Installation) -> Iterator[Finding]:
    """Check whether the pack is there, is what its manifest says, and runs as fast as it can."""
    models = pack.load(door.settings.pack_directory)
    manifest = models.manifest
    for model in manifest.models:
        if not Network(models.path(model)).delegation().is_full:
            yield problem(
                "pack",
                _("{file} runs without XNNPACK, many times slower than it could").format(
                    file=model.file
                ),
                _("pip install --upgrade ai-edge-litert; in a systemd unit: no ProcSubset=pid"),
            )
            return
    said = _("{name} in {directory}").format(name=manifest.name, directory=models.directory)
    yield fine("pack", said)
