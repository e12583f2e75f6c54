"""``python -m facedoor.demo``: four visitors at a door; exit 0 only if all went as it had to."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import logging
import shutil
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from facedoor.camera.pictures import read_picture
from facedoor.camera.simulated import SimulatedCamera
from facedoor.config.options import Config, MqttConfig
from facedoor.demo import picture, scenario
from facedoor.demo.live_view import LiveView
from facedoor.demo.recording import Message, Recording, free_port, listener
from facedoor.errors import FacedoorError
from facedoor.identity.batch import Mandate
from facedoor.mqtt.broker import HOST, embedded_broker
from facedoor.service.service import Service
from facedoor.vision.pack import load
from facedoor.visit.liveness import liveness_sentence
from facedoor.visit.recogniser import Recogniser

LAST_MESSAGES_S = 3.0
"""How long to wait for the last messages after the door has gone offline."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m facedoor.demo", description=__doc__)
    parser.add_argument("--pack", type=Path, required=True, help="folder of the pack")
    parser.add_argument("--photos", type=Path, required=True, help="folder with train/ and val/")
    parser.add_argument("--output", type=Path, required=True, help="where to leave demo.png")
    options = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    console = Console()
    try:
        return _demonstrate(console, options.pack, options.photos, options.output)
    except FacedoorError as error:
        print(f"demo: {error}", file=sys.stderr)
        return error.exit_code


def _demonstrate(console: Console, pack: Path, photos: Path, output: Path) -> int:
    state = output / "demo-state"
    shutil.rmtree(state, ignore_errors=True)
    output.mkdir(parents=True, exist_ok=True)
    script = output / "demo.script.toml"
    scenario.write_script(script, photos)
    settings = scenario.write_config(output / "demo.toml", script, state, pack)
    threshold = _enrol(console, settings, photos)
    note = liveness_sentence(settings.liveness, load(pack).manifest)
    console.print(f"[bold]2. Visitors[/bold]  note: {note}", soft_wrap=True)
    recording = _run(console, settings, script, threshold)
    outcomes = scenario.judge(recording)
    strays = scenario.strays(recording)
    picture.save(output / "demo.png", recording, outcomes, threshold)
    picture.save(output / "demo-to-share.png", recording.without_photos(), outcomes, threshold)
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
    return 0 if passed else 1


def _enrol(console: Console, settings: Config, photos: Path) -> float:
    """Enrol the residents; returns the threshold in force."""
    console.print("[bold]1. Enrolment[/bold]")
    with Recogniser(settings) as recogniser:
        for name, files in scenario.enrolment_photos(photos).items():
            pictures = [(file.name, functools.partial(read_picture, file)) for file in files]
            result = recogniser.enrol(name, pictures, Mandate("demo", is_admin=True))
            refused = [image for image in result.images if not image.accepted]
            console.print(
                f"   {name}: {result.templates} of {len(result.images)} pictures are good enough"
            )
            for image in refused:
                console.print(f"      [dim]{image.file[:24]}...: {image.reason}[/dim]")
        return recogniser.threshold


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
    for heading in ("visitor", "had to be", "was", "distance", "pulses", "MQTT events", ""):
        table.add_column(heading)
    for outcome in outcomes:
        table.add_row(
            outcome.title,
            outcome.expected,
            outcome.happened,
            "" if outcome.distance is None else f"{outcome.distance:.3f}",
            str(outcome.pulses),
            str(outcome.events),
            "[green]ok[/green]" if outcome.ok else "[red]WRONG[/red]",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
