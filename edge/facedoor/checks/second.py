"""The second pack: whether it fits the first, and who lacks templates of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from facedoor.checks.installation import Finding, Installation, fine, problem
from facedoor.identity.gallery import Gallery
from facedoor.identity.joint import Second
from facedoor.languages import N_, _
from facedoor.storage.key_file import look_at_state
from facedoor.storage.place import is_there
from facedoor.vision import pack, second
from facedoor.vision.interpreter import Network

SUBJECT = N_("second pack")


def examine_second(door: Installation) -> Iterator[Finding]:
    """Check whether the second pack, where one is configured, can be used for everybody."""
    if door.settings.second_pack_directory is None:
        return
    manifest = pack.load(door.settings.pack_directory).manifest
    beside = second.configured(door.settings.second_pack_directory, manifest)
    if beside is None:
        return
    file = beside.models.path(beside.embedder)
    if not Network(file, door.settings.models.threads).delegation().is_full:
        yield problem(
            SUBJECT,
            _("{file} runs without XNNPACK, many times slower than it could").format(file=file),
            _("pip install --upgrade ai-edge-litert; in a systemd unit: no ProcSubset=pid"),
        )
    unknown, pictured = _unknown(door, manifest, beside)
    for name in unknown:
        anew = name in pictured
        quoted = shlex.quote(name)
        yield problem(
            SUBJECT,
            _("{name} has no template of it, so the door does not open for {name}").format(
                name=name
            ),
            f"facedoor people re-enrol {quoted}" if anew else f"facedoor enroll {quoted} FILE",
        )
    if not unknown:
        models = beside.models
        said = _("{name} in {directory}").format(
            name=models.manifest.name, directory=models.directory
        )
        yield fine(SUBJECT, said)


def _unknown(
    door: Installation, manifest: pack.Manifest, beside: second.SecondPack
) -> tuple[list[str], set[str]]:
    """Who is enrolled and has no template of the second embedder; of whom pictures are kept."""
    if not is_there(door.settings.database):
        return [], set()
    with look_at_state(door.settings) as (db, vault):
        gallery = Gallery(db, vault)
        people = gallery.templates(manifest.embedder.sha256, manifest.embedding_size)
        found = Second.of(gallery, beside)
        return [] if found is None else found.unknown(people.names), gallery.pictured()
