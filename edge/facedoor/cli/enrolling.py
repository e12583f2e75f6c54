"""``facedoor enroll``: pictures of somebody become templates; of each it is said why, or why not.

A camera is opened only where it is asked for.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from facedoor.cli import BY, answer, hint, tables, yes_or_no
from facedoor.config.options import Config
from facedoor.errors import ExitCode, UsageError
from facedoor.languages import _, ngettext

if TYPE_CHECKING:
    from facedoor.frames import Image
    from facedoor.identity.enrolment import ImageVerdict
    from facedoor.identity.guard import Guard
    from facedoor.identity.refusals import Resident
    from facedoor.visit.recogniser import Recogniser

NAME_COLUMNS = 30
"""A name of a file that is longer is shortened to so many columns at least, or has its own line."""


def enroll(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Add pictures, from files or from a camera, to a person."""
    from facedoor.identity.batch import Mandate
    from facedoor.visit.recogniser import Recogniser
    from facedoor.wire.people_requests import TEMPLATES_PER_PERSON

    if not 1 <= options.count <= TEMPLATES_PER_PERSON:
        raise UsageError(
            _("--count is {count}; it can be 1 to {most}").format(
                count=options.count, most=TEMPLATES_PER_PERSON
            )
        )
    files = _files(options)
    with Recogniser(settings) as recogniser:
        guard = recogniser.gallery.same_holder(options.name)
        pictures = _pictures(files, options, settings, recogniser, guard)
        mandate = Mandate(BY, True, tuple(options.similar), options.visit)
        result = recogniser.enrol(options.name, pictures, mandate, guard)
        outlook = recogniser.outlook()
        helped = recogniser.resident(result.person) if result.templates == 1 else None
    has = ngettext(
        "{person} has {count} template", "{person} has {count} templates", result.templates
    )
    lines = [*map(told, result.images), has.format(person=result.person, count=result.templates)]
    if not result.templates:
        lines[-1] = _("no picture will do, so {person} is not enrolled").format(
            person=result.person
        )
    if result.templates == 1:
        lines.append(tables.fitted(one_photo_only(helped)))
    shut_out = str(outlook) if outlook is not None and outlook.is_bad else None
    if shut_out:
        lines.append(tables.fitted(shut_out))
    is_better = any(image.accepted for image in result.images)
    values = dataclasses.asdict(result) | {"refusals": outlook and outlook.figures}
    return answer(options, values, "\n".join(lines), yes_or_no(is_better))


def one_photo_only(helped: Resident | None) -> str:
    """What to do about somebody who is enrolled by a single photo, and what it would help."""
    if helped is None:
        return _("one photo only: add some more, taken on other days")
    from facedoor.identity.refusals import percent

    more, before, after = helped.enough - 1, percent(helped.refused), percent(helped.with_photos)
    return _(
        "one photo only: with {more} more, taken on other days, {after} of looks would "
        "be refused, and not {before}"
    ).format(more=more, after=after, before=before)


def told(image: ImageVerdict) -> str:
    """What became of a picture, the reason first; a long name is shortened before it is wrapped."""
    width = tables.columns()
    if width is None:
        return str(image)
    from rich.cells import cell_len

    said, name = f"{image.said}: ", tables.shortened(image.file, width - 2)
    if cell_len(said) + min(cell_len(name), NAME_COLUMNS) <= width:
        return said + tables.shortened(name, width - cell_len(said))
    return f"{tables.fitted(said.rstrip())}\n  {name}"


def _files(options: argparse.Namespace) -> list[Path]:
    """The pictures that were named; none where they come from a camera or a visit.

    Raises :class:`UsageError` unless there is one of these.
    """
    from facedoor.camera.picture_files import picture_files

    named = [*options.files, *(options.image or ())]
    is_elsewhere = options.camera is not None or options.visit is not None
    if named and is_elsewhere:
        raise UsageError(
            _("pictures come from files, from --camera or from --visit: say one of them")
        )
    if not (named or is_elsewhere):
        enrol = f"facedoor enroll {shlex.quote(options.name)}"
        raise UsageError(
            _(
                "say which pictures: {enrol} FILE|FOLDER ..., or {enrol} --camera to have some "
                "taken"
            ).format(enrol=enrol)
        )
    return picture_files(named)


def _pictures(
    files: Sequence[Path],
    options: argparse.Namespace,
    settings: Config,
    recogniser: Recogniser,
    guard: Guard,
) -> Iterator[tuple[str, Callable[[], Image]]]:
    """The pictures to enrol, each with the name under which its verdict is told."""
    from facedoor.camera.pictures import read_picture

    if files:
        for path in files:
            yield str(path), functools.partial(read_picture, path)
        return
    from facedoor.camera.source import open_camera
    from facedoor.hardware.lit_camera import LitCamera
    from facedoor.visit.recogniser import as_pictures, capture, picture_of_visit

    if options.visit:
        of_visit = functools.partial(picture_of_visit, recogniser.pictures, options.visit)
        yield f"visit {options.visit}", of_visit
        return
    reader = recogniser.enrolment_reader

    opened = open_camera(options.camera or settings.camera.source, settings.camera)
    with LitCamera(opened, settings.door) as camera:
        shots = capture(camera, reader, options.count, hint, guard=guard)
    yield from as_pictures(shots, "picture")
