"""``facedoor visits``: who came, as somebody who stood beside the door would tell it."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from facedoor.cli import answer
from facedoor.config.options import Config
from facedoor.errors import ExitCode

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
    from facedoor.checks.files import look_at_state
    from facedoor.history.sentences import line
    from facedoor.history.visits import as_json
    from facedoor.history.window import between
    from facedoor.storage.journal import Journal
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
        and not (is_unknown and visit.person)
    ]
    told = [as_json(visit, with_distances=True) for visit in asked]
    lines = [line(visit, zone, now, with_distances=True) for visit in asked]
    if not lines:
        who = "nobody unknown" if is_unknown else "nobody"
        came = f"{person} did not come" if person else f"{who} came"
        lines = [f"{came} since {asked_since}; --since TIME looks further back"]
    return answer(options, {"visits": told}, "\n".join(lines))


def _is_of(visit: Visit, person: str) -> bool:
    from facedoor.names import name_key

    return visit.person is not None and name_key(visit.person) == name_key(person)
