"""``facedoor check``: what is misconfigured, and for each finding the command that mends it."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from facedoor.bus.client import Clients
from facedoor.bus.topics import Topics
from facedoor.camera import open_camera
from facedoor.config import Config
from facedoor.door.relay import open_relay
from facedoor.errors import CameraError, FacedoorError
from facedoor.identity.gallery import Gallery
from facedoor.identity.risk import Risk
from facedoor.identity.search import GalleryIndex
from facedoor.service import LIVENESS_WARNING
from facedoor.site import load_site
from facedoor.store import open_store
from facedoor.vault import load_vault
from facedoor.vision import pack
from facedoor.vision.interpreter import Network

CONNECT_S = 3.0
"""How long the broker may take to accept a connection."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``remedy`` says what mends it, where it has to be mended."""

    subject: str
    ok: bool
    message: str
    remedy: str = ""


def examine(settings: Config) -> list[Finding]:
    """Look at everything that the service needs. The relay's pin is claimed but not moved."""
    looks: tuple[tuple[str, Callable[[Config], Finding]], ...] = (
        ("pack", _pack),
        ("people", _people),
        ("risk", _risk),
        ("state", _state),
        ("camera", _camera),
        ("relay", _relay),
        ("mqtt", _broker),
    )
    findings = []
    for subject, look in looks:
        try:
            findings.append(look(settings))
        except FacedoorError as error:
            findings.append(Finding(subject, ok=False, message=str(error)))
    findings.append(Finding("liveness", ok=True, message=LIVENESS_WARNING))
    return findings


def _pack(settings: Config) -> Finding:
    models = pack.load(settings.pack_directory)
    manifest = models.manifest
    for model in (manifest.search, manifest.landmarks, manifest.embedder):
        delegation = Network(models.path(model)).delegation()
        if not delegation.is_full:
            return Finding(
                "pack",
                ok=False,
                message=f"{model.file} runs without XNNPACK, many times slower than it could",
                remedy="pip install --upgrade ai-edge-litert; in a systemd unit: no ProcSubset=pid",
            )
    return Finding("pack", ok=True, message=f"{manifest.name} in {models.directory}")


def _people(settings: Config) -> Finding:
    model = pack.load(settings.pack_directory).manifest.embedder.sha256
    with _gallery(settings) as gallery:
        able = len(GalleryIndex.of(gallery, model).names)
        people = len(gallery.people())
    if not people:
        message = "nobody is enrolled, so the door opens for nobody"
    elif able < people:
        message = f"only {able} of {people} people have a template that this pack can compare"
    else:
        return Finding("people", ok=True, message=f"{people} enrolled")
    return Finding("people", ok=False, message=message, remedy="facedoor enroll NAME --image FILE")


@contextlib.contextmanager
def _gallery(settings: Config) -> Iterator[Gallery]:
    vault = load_vault(settings)
    with contextlib.closing(open_store(settings.database, vault)) as db:
        yield Gallery(db, vault)


def _risk(settings: Config) -> Finding:
    manifest = pack.load(settings.pack_directory).manifest
    with _gallery(settings) as gallery:
        people = len(GalleryIndex.of(gallery, manifest.embedder.sha256).names)
    limit = Risk(manifest, settings.recognition).limit(people)
    if limit.false_match_rate is None:
        remedy = "facedoor-convert build, with a recipe that names a calibration"
        return Finding("risk", ok=False, message=str(limit), remedy=remedy)
    return Finding("risk", ok=True, message=str(limit))


def _state(settings: Config) -> Finding:
    path = settings.database
    open_store(path, load_vault(settings)).close()
    free_mb = os.statvfs(path.parent).f_bavail * os.statvfs(path.parent).f_frsize / 1e6
    if free_mb < 100:
        return Finding(
            "state",
            ok=False,
            message=f"{path.parent} has only {free_mb:.0f} MB left, and a full disk keeps it shut",
            remedy="journalctl --vacuum-size=100M",
        )
    return Finding("state", ok=True, message=f"{path}, {free_mb / 1000:.1f} GB free")


def _camera(settings: Config) -> Finding:
    with open_camera(settings.camera.source, settings.camera) as camera:
        frame = camera.read()
    if frame is None:
        raise CameraError(f"{settings.camera.source} has no frame: choose another source")
    height, width = frame.main.shape[:2]
    return Finding("camera", ok=True, message=f"{settings.camera.source}, {width}x{height}")


def _relay(settings: Config) -> Finding:
    open_relay(settings.door).close()
    if settings.door.relay == "simulated":
        return Finding("relay", ok=True, message="simulated: no door will open")
    return Finding("relay", ok=True, message=f"pin {settings.door.pin}, at its safe level")


def _broker(settings: Config) -> Finding:
    load_site(settings)
    mqtt = settings.mqtt
    if not mqtt.host:
        return Finding("mqtt", ok=True, message="not configured")
    Clients(mqtt, Topics(settings.door.name))
    try:
        socket.create_connection((mqtt.host, mqtt.port), timeout=CONNECT_S).close()
    except OSError as error:
        return Finding(
            "mqtt",
            ok=False,
            message=f"no broker answers at {mqtt.host}:{mqtt.port} ({error})",
            remedy="systemctl status mosquitto, on the broker's machine",
        )
    return Finding("mqtt", ok=True, message=f"a broker answers at {mqtt.host}:{mqtt.port}")
