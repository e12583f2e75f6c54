"""The command line: one small function for each command.

Exit codes: 0 done, 1 refused or a negative answer, 2 wrong use or configuration, 3 something is
broken. With ``--json`` each answer is one object on one line; errors are a sentence on stderr.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facedoor import __version__, config
from facedoor.errors import FacedoorError

if TYPE_CHECKING:
    from facedoor.frames import Image
    from facedoor.identity.gallery import Gallery
    from facedoor.recogniser import Identification, Verification
    from facedoor.vision.reader import FaceReader

DONE, NEGATIVE, BROKEN = 0, 1, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    # FACEDOOR_LOG=debug shows what each part does; the errors below never show a traceback.
    logging.basicConfig(
        level=os.environ.get("FACEDOOR_LOG", "warning").upper(),
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    try:
        return int(options.command(options, config.load(options.config)))
    except FacedoorError as error:
        print(f"facedoor: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return NEGATIVE
    except BrokenPipeError:
        # Whoever read our output has gone, as `head` does. Keep Python from saying so at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NEGATIVE
    except Exception as error:
        logging.getLogger(__name__).debug("unexpected", exc_info=True)
        print(
            f"facedoor: unexpected {type(error).__name__}: {error}; run it again with "
            "FACEDOOR_LOG=debug and report what it prints",
            file=sys.stderr,
        )
        return BROKEN


def enroll(options: argparse.Namespace, settings: config.Config) -> int:
    """Add pictures, from files or from a camera, to a person."""
    from facedoor.recogniser import Recogniser

    with Recogniser(settings) as recogniser:
        result = recogniser.enrol(options.name, _pictures(options, settings, recogniser.reader))
    if options.json:
        _print_json(dataclasses.asdict(result))
    else:
        for image in result.images:
            print(f"{'+' if image.accepted else '-'} {image.file}: {image.reason}")
        print(f"{result.person} has {result.templates} templates")
    return DONE if any(image.accepted for image in result.images) else NEGATIVE


def _pictures(
    options: argparse.Namespace, settings: config.Config, reader: FaceReader
) -> list[tuple[str, Callable[[], Image]]]:
    """The pictures to enrol, each with the name under which its verdict is told."""
    from facedoor.camera.pictures import read_picture

    if options.image:
        return [(str(path), functools.partial(read_picture, path)) for path in options.image]
    from facedoor.camera import open_camera
    from facedoor.capture import capture

    with open_camera(options.camera or settings.camera.source, settings.camera) as camera:
        shots = capture(camera, reader, options.count, _hint)
    return [(f"picture {number}", _given(shot)) for number, shot in enumerate(shots, 1)]


def _given(image: Image) -> Callable[[], Image]:
    return lambda: image


def _hint(text: str) -> None:
    print(text, file=sys.stderr)


def people_list(options: argparse.Namespace, settings: config.Config) -> int:
    """Who is enrolled."""
    with _gallery(settings) as gallery:
        people = gallery.people()
    if options.json:
        _print_json({"people": [dataclasses.asdict(person) for person in people]})
    else:
        for person in people:
            print(f"{person.name}: {person.templates} templates, since {person.enrolled_at}")
        if not people:
            print("nobody is enrolled: facedoor enroll NAME --image FILE")
    return DONE


def people_rename(options: argparse.Namespace, settings: config.Config) -> int:
    """Give a person another name."""
    with _gallery(settings) as gallery:
        gallery.rename(options.name, options.to)
    return _done(options, f"{options.name} is now {options.to}", person=options.to)


def people_remove(options: argparse.Namespace, settings: config.Config) -> int:
    """Forget a person and all their templates."""
    with _gallery(settings) as gallery:
        gallery.remove(options.name)
    return _done(options, f"{options.name} is no longer enrolled", person=options.name)


def verify(options: argparse.Namespace, settings: config.Config) -> int:
    """Is this NAME?"""
    from facedoor.camera.pictures import read_picture
    from facedoor.recogniser import Recogniser

    image = read_picture(options.image)
    with Recogniser(settings) as recogniser:
        answer = recogniser.verify(options.name, image)
    if options.json:
        _print_json(dataclasses.asdict(answer))
    else:
        verdict = "the door opens" if answer.door_open else "the door stays shut"
        print(f"{verdict}: {_compared(answer.person, answer)}")
    return DONE if answer.door_open else NEGATIVE


def identify(options: argparse.Namespace, settings: config.Config) -> int:
    """Who is this?"""
    from facedoor.camera.pictures import read_picture
    from facedoor.recogniser import Recogniser

    image = read_picture(options.image)
    with Recogniser(settings) as recogniser:
        answer = recogniser.identify(image)
    if options.json:
        _print_json(dataclasses.asdict(answer))
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


def run(options: argparse.Namespace, settings: config.Config) -> int:
    """Run the door."""
    from facedoor.console import JsonLines, PlainLines
    from facedoor.service import Service

    observer = JsonLines(sys.stdout) if options.json else PlainLines(sys.stdout)
    if options.camera:
        camera = dataclasses.replace(settings.camera, source=options.camera)
        settings = dataclasses.replace(settings, camera=camera)
    Service(settings, observer, once=options.once).run()
    return DONE


def check(options: argparse.Namespace, settings: config.Config) -> int:
    """Find what is misconfigured, and say for each what mends it."""
    from facedoor.checks import examine

    findings = examine(settings)
    if options.json:
        _print_json({"findings": [dataclasses.asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            print(f"{'ok     ' if finding.ok else 'PROBLEM'}  {finding.subject}: {finding.message}")
            if finding.remedy:
                print(f"         mend it: {finding.remedy}")
    return DONE if all(finding.ok for finding in findings) else NEGATIVE


@contextmanager
def _gallery(settings: config.Config) -> Iterator[Gallery]:
    from facedoor.identity.gallery import Gallery
    from facedoor.store import open_store

    with closing(open_store(settings.database)) as db:
        yield Gallery(db)


def _done(options: argparse.Namespace, text: str, **values: object) -> int:
    if options.json:
        _print_json(values)
    else:
        print(text)
    return DONE


def _print_json(values: dict[str, Any]) -> None:
    print(json.dumps(values, ensure_ascii=False), flush=True)


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--config", type=Path, metavar="FILE", help=f"configuration (default {config.DEFAULT_FILE})"
    )
    common.add_argument("--json", action="store_true", help="answer with one JSON object a line")
    parser = argparse.ArgumentParser(
        prog="facedoor", description="A face-verification door lock.", parents=[]
    )
    parser.add_argument("--version", action="version", version=f"facedoor {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        group: Any, name: str, function: Callable[[argparse.Namespace, config.Config], int]
    ) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = group.add_parser(
            name, parents=[common], help=function.__doc__, description=function.__doc__
        )
        added.set_defaults(command=function)
        return added

    running = command(commands, "run", run)
    running.add_argument("--camera", metavar="SPEC", help="instead of the configured camera")
    running.add_argument("--once", action="store_true", help="end when the source ends")

    enrolling = command(commands, "enroll", enroll)
    enrolling.add_argument("name", metavar="NAME")
    source = enrolling.add_mutually_exclusive_group()
    source.add_argument("--image", type=Path, nargs="+", action="extend", metavar="FILE")
    source.add_argument("--camera", metavar="SPEC", help="instead of the configured camera")
    enrolling.add_argument("--count", type=int, default=5, help="pictures to take (default 5)")

    group = commands.add_parser("people", help="The gallery: list, rename, remove.")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    command(actions, "list", people_list)
    renaming = command(actions, "rename", people_rename)
    renaming.add_argument("name", metavar="NAME")
    renaming.add_argument("to", metavar="NEW_NAME")
    command(actions, "remove", people_remove).add_argument("name", metavar="NAME")

    verifying = command(commands, "verify", verify)
    verifying.add_argument("name", metavar="NAME")
    verifying.add_argument("image", type=Path, metavar="IMAGE")
    command(commands, "identify", identify).add_argument("image", type=Path, metavar="IMAGE")
    command(commands, "check", check)
    return parser


if __name__ == "__main__":
    sys.exit(main())
