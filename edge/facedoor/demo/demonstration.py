"""Four visitors at a door, and the verdict: it went well only if all went as it had to."""

from __future__ import annotations

import dataclasses
import functools
import shutil
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from facedoor.camera.pictures import read_picture
from facedoor.camera.script import PointsPx
from facedoor.camera.simulated import SimulatedCamera
from facedoor.config.options import Config, MqttConfig
from facedoor.demo import picture, scenario
from facedoor.demo.live_view import LiveView
from facedoor.demo.recording import Message, Recording, free_port, listener
from facedoor.demo.silhouettes import silhouette, write_silhouette
from facedoor.errors import ExitCode
from facedoor.identity.batch import Mandate
from facedoor.mqtt.broker import HOST, embedded_broker
from facedoor.service.service import Service
from facedoor.vision.pack import load
from facedoor.visit.liveness import liveness_sentence
from facedoor.visit.recogniser import Recogniser

LAST_MESSAGES_S = 3.0
"""How long to wait for the last messages after the door has gone offline."""


def demonstrate(pack: Path, photos: Path, output: Path) -> ExitCode:
    """Run the door with ``pack`` and people of ``photos``, and leave pictures in ``output``.

    Returns ``NEGATIVE`` if not all went as it had to. Raises :class:`FacedoorError`.
    """
    console = Console()
    state = output / "demo-state"
    shutil.rmtree(state, ignore_errors=True)
    output.mkdir(parents=True, exist_ok=True)
    script = output / "demo.script.toml"
    settings = scenario.write_config(output / "demo.toml", script, state, pack)
    with Recogniser(settings) as recogniser:
        _enrol(console, recogniser, photos)
        threshold = recogniser.threshold
        shown = {v: p for v in scenario.VISITS if (p := scenario.photo_of(v, photos))}
        points = {path: _points(recogniser, path) for path in shown.values()}
    scenario.write_script(script, shown, points.__getitem__)
    manifest = load(pack).manifest
    note = liveness_sentence(settings, manifest)
    console.print("[bold]2. Visitors[/bold]")
    console.print(f"   note: {note}")
    recording = _run(console, settings, script, threshold)
    outcomes = scenario.judge(recording)
    strays = scenario.strays(recording)
    limits = picture.Limits(threshold, manifest.liveness)
    picture.save(output / "demo.png", recording, outcomes, limits)
    shared = _without_photos(recording, settings, shown, points, output / "demo-silhouettes")
    picture.save(output / "demo-to-share.png", shared, outcomes, limits)
    console.print(_summary(outcomes))
    for stray in strays:
        console.print(f"[red]and that must not be: {stray}[/red]")
    passed = all(outcome.ok for outcome in outcomes) and not strays
    console.print(
        "[green]everything happened that had to, and nothing else[/green]"
        if passed
        else "[red]something went wrong[/red]"
    )
    console.print(f"look at {output / 'demo.png'}; try the commands with {output / 'demo.toml'}")
    return ExitCode.DONE if passed else ExitCode.NEGATIVE


def _enrol(console: Console, recogniser: Recogniser, photos: Path) -> None:
    """Enrol the residents."""
    console.print("[bold]1. Enrolment[/bold]")
    for name, files in scenario.enrolment_photos(photos).items():
        pictures = [(file.name, functools.partial(read_picture, file)) for file in files]
        result = recogniser.enrol(name, pictures, Mandate("demo", is_admin=True))
        refused = [image for image in result.images if not image.accepted]
        console.print(
            f"   {name}: {result.templates} of {len(result.images)} pictures are good enough"
        )
        for image in refused:
            console.print(f"      [dim]{image.said}: {image.file[:24]}...[/dim]", soft_wrap=True)


def _points(recogniser: Recogniser, path: Path) -> PointsPx:
    """Where the face is in a photo, so that a head can be made of it."""
    face = recogniser.reader.detector.find(read_picture(path))[0]
    eye, other, nose, mouth = (
        (round(float(x), 1), round(float(y), 1)) for x, y in face.landmarks[:4]
    )
    return eye, other, nose, mouth


def _without_photos(
    recording: Recording,
    settings: Config,
    shown: dict[scenario.Visit, Path],
    points: dict[Path, PointsPx],
    folder: Path,
) -> Recording:
    """The same record with a silhouette wherever a scene shows a person."""
    instead = {path: folder / f"{number}.png" for number, path in enumerate(points, 1)}
    for path, plain in instead.items():
        height, width = read_picture(path).shape[:2]
        write_silhouette(plain, silhouette((width, height), points[path]))
    plain_points = {instead[path]: own for path, own in points.items()}
    script = folder / "script.toml"
    silhouettes = {visit: instead[path].resolve() for visit, path in shown.items()}
    scenario.write_script(script, silhouettes, lambda path: plain_points[folder / path.name])
    with SimulatedCamera(script, settings.camera) as camera:
        return recording.seen_by(camera)


def _run(console: Console, settings: Config, script: Path, threshold: float) -> Recording:
    with SimulatedCamera(script, settings.camera) as camera:
        visits_s = tuple((visit.start_s, visit.end_s) for visit in camera.visitors)
    recording = Recording(visits_s)
    port = free_port()
    with embedded_broker(port), LiveView(console, threshold) as view:

        def heard(message: Message) -> None:
            recording.heard(message)
            view.heard(message)

        settings = dataclasses.replace(settings, mqtt=MqttConfig(host=HOST, port=port))
        with listener(port, "facedoor/#", heard):
            Service(settings, recording, view, once=True).run()
            deadline_s = time.monotonic() + LAST_MESSAGES_S
            while not _says_offline(recording) and time.monotonic() < deadline_s:
                time.sleep(0.05)
    return recording


def _says_offline(recording: Recording) -> bool:
    return any(message.payload.get("status") == "offline" for message in recording.messages)


def _summary(outcomes: list[scenario.VisitOutcome]) -> Table:
    table = Table(title="What happened")
    for heading in (
        "visitor",
        "had to be",
        "was",
        "distance",
        "liveness",
        "pulses",
        "MQTT events",
        "",
    ):
        table.add_column(heading)
    for outcome in outcomes:
        table.add_row(
            outcome.title,
            outcome.expected,
            outcome.happened,
            outcome.distance,
            outcome.liveness,
            str(outcome.pulses),
            str(outcome.events),
            "[green]ok[/green]" if outcome.ok else "[red]WRONG[/red]",
        )
    return table
