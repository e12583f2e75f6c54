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

if TYPE_CHECKING:
    from facedoor.history.visits import Visit

SINCE = "7 days ago"
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
        visits, _ = between(Journal(db, vault), settings.door.name, since)
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
    lines = [
        f"{when}  {came}" + (f"  [picture of {kept}]" if kept else "") for when, came, kept in rows
    ]
    if not rows:
        who = "nobody unknown" if is_unknown else "nobody"
        came = f"{person} has not come" if person else f"{who} has come"
        lines = [f"{came}, looking back to {asked_since}; --since TIME looks further"]
    has_pictures = any(kept for _when, _came, kept in rows)
    headings = ("when", "who came, and how it went", "picture of")[: 3 if has_pictures else 2]
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
        visits, _ = between(Journal(db, vault), settings.door.name, "", most=MOST_ENTRIES)
        visit = visits.get(options.visit)
        if visit is None:
            raise UsageError(
                f"none of the last visits is called {options.visit}: see facedoor visits --json"
            )
        text = line(visit, RuleBook(db, vault).zone(), datetime.now(UTC), with_distances=True)
    told: dict[str, Any] = {"visit": as_json(visit, with_distances=True), "output": None}
    if options.output is None:
        if visit.picture:
            text += "\na picture of it is kept: --output FILE writes it out"
        return answer(options, told, text)
    with open_state(settings) as (db, vault):
        jpeg = Pictures(db, vault).get(visit.id)
        if jpeg is not None:
            # Before anybody sees it.
            Journal(db, vault).append(PicturesSeen(utc_now(), (visit.id,), BY))
    if jpeg is None:
        text += f"\nno picture of it is kept: [storage] keep_pictures is {_kept(settings)}"
        return answer(options, told, text, ExitCode.NEGATIVE)
    _write(options.output, jpeg)
    told["output"] = str(options.output)
    return answer(options, told, f"{text}\nits picture is in {options.output}")


def _kept(settings: Config) -> str:
    return f'"{settings.storage.keep_pictures}", for {settings.storage.picture_days} days'


def _write(path: Path, jpeg: bytes) -> None:
    try:
        write_file(path, jpeg)
    except OSError as error:
        raise UsageError(
            f"cannot write {path} ({error.strerror}): name a file in a folder that you may write"
        ) from error


def _is_of(visit: Visit, person: str) -> bool:
    from facedoor.names import name_key

    return visit.person is not None and name_key(visit.person) == name_key(person)
