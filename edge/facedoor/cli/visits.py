"""``facedoor visits``: who came, as somebody who stood beside the door would tell it."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facedoor.cli import BY, answer, print_json, show, tables
from facedoor.config.options import Config
from facedoor.errors import ExitCode, UsageError
from facedoor.files import write_file
from facedoor.languages import N_, _

if TYPE_CHECKING:
    from facedoor.history.visits import Visit

SINCE = N_("7 days ago")
"""Unless something else is asked for."""


def add_filters(command: argparse.ArgumentParser, time_help: str) -> None:
    """The options of :func:`visits_list`, before ``list`` or after it."""
    # Without defaults, which would replace what was given before.
    command.argument_default = argparse.SUPPRESS
    command.add_argument("--since", metavar="TIME", help=f"{time_help} (default {SINCE})")
    command.add_argument("--unknown", action="store_const", const=True, help="of nobody known")
    command.add_argument("--person", metavar="NAME", help="of this person alone")


def visits_list(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Who came, and how it went."""
    from facedoor.access.rule_book import RuleBook
    from facedoor.history.sentences import sentence, told_time
    from facedoor.history.visits import as_json
    from facedoor.history.window import between
    from facedoor.storage.journal import Journal
    from facedoor.storage.key_file import look_at_state
    from facedoor.times import parse_time, utc_text

    now, asked_since = datetime.now(UTC), getattr(options, "since", SINCE)
    person, is_unknown = getattr(options, "person", None), hasattr(options, "unknown")
    with look_at_state(settings) as (db, vault):
        zone = RuleBook(db, vault).zone()
        since = utc_text(parse_time(asked_since, zone, now, past=True))
        visits, _whole = between(Journal(db, vault), settings.door.name, since)
    asked = [
        visit
        for visit in visits
        if visit.ended >= since
        and (person is None or _is_of(visit, person))
        and not (is_unknown and visit.person and visit.person_by != "next_grant")
    ]
    if options.json:
        print_json({"visits": [as_json(visit, with_distances=True) for visit in asked]})
        return ExitCode.DONE
    rows = [
        (
            told_time(visit.began, zone, now),
            sentence(visit, with_distances=True),
            visit.id if visit.picture else "",
        )
        for visit in asked
    ]
    pictured = _("[picture of {visit}]")
    lines = [
        "  ".join([when, came, *([pictured.format(visit=kept)] if kept else [])])
        for when, came, kept in rows
    ]
    if not rows:
        nobody = _("nobody has come, looking back to {since}; --since TIME looks further")
        if is_unknown:
            nobody = _(
                "nobody unknown has come, looking back to {since}; --since TIME looks further"
            )
        if person:
            nobody = _("{name} has not come, looking back to {since}; --since TIME looks further")
        lines = [nobody.format(name=person, since=_(asked_since))]
    has_pictures = any(kept for _when, _came, kept in rows)
    headings = [
        _("when"),
        _("who came, and how it went"),
        *([_("picture of")] if has_pictures else []),
    ]
    show(tables.table(headings, [row[: len(headings)] for row in rows], lines))
    return ExitCode.DONE


def visits_show(options: argparse.Namespace, settings: Config) -> ExitCode:
    """One visit, and the picture that is kept of it, if there is one."""
    from facedoor.access.rule_book import RuleBook
    from facedoor.history.sentences import line
    from facedoor.history.visits import as_json
    from facedoor.history.window import MOST_ENTRIES, between
    from facedoor.storage.journal import Journal
    from facedoor.storage.key_file import look_at_state, open_state
    from facedoor.storage.pictures import Pictures
    from facedoor.times import utc_now
    from facedoor.wire.visit_events import PicturesSeen

    with look_at_state(settings) as (db, vault):
        visits, _whole = between(Journal(db, vault), settings.door.name, "", most=MOST_ENTRIES)
        visit = visits.get(options.visit)
        if visit is None:
            raise UsageError(
                _("none of the last visits is called {visit}: see facedoor visits --json").format(
                    visit=options.visit
                )
            )
        text = line(visit, RuleBook(db, vault).zone(), datetime.now(UTC), with_distances=True)
    told: dict[str, Any] = {"visit": as_json(visit, with_distances=True), "output": None}
    if options.output is None:
        if visit.picture:
            text += "\n" + _("a picture of it is kept: --output FILE writes it out")
        return answer(options, told, text)
    with open_state(settings) as (db, vault):
        jpeg = Pictures(db, vault).get(visit.id)
        if jpeg is not None:
            # Before anybody sees it.
            Journal(db, vault).append(PicturesSeen(utc_now(), (visit.id,), BY))
    if jpeg is None:
        kept = settings.storage
        text += "\n" + _(
            'no picture of it is kept: [storage] keep_pictures is "{kept}", for {days} days'
        ).format(kept=kept.keep_pictures, days=kept.picture_days)
        return answer(options, told, text, ExitCode.NEGATIVE)
    _write(options.output, jpeg)
    told["output"] = str(options.output)
    text += "\n" + _("its picture is in {file}").format(file=options.output)
    return answer(options, told, text)


def _write(path: Path, jpeg: bytes) -> None:
    try:
        write_file(path, jpeg)
    except OSError as error:
        raise UsageError(
            _(
                "cannot write {path} ({strerror}): name a file in a folder that you may write"
            ).format(path=path, strerror=error.strerror)
        ) from error


def _is_of(visit: Visit, person: str) -> bool:
    from facedoor.names import name_key

    return visit.person is not None and name_key(visit.person) == name_key(person)
