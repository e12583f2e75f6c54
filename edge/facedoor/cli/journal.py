"""``facedoor journal``: what happened at the door, for people and for programs; and whether it is
as it was written."""

from __future__ import annotations

import argparse
import dataclasses
from datetime import UTC, datetime

from facedoor.cli import answer, print_json, show, tables, yes_or_no
from facedoor.config.options import Config
from facedoor.errors import ExitCode, UsageError
from facedoor.languages import _, ngettext

LIMIT = 50
"""Entries, unless something else is asked for."""


def add_filters(command: argparse.ArgumentParser, time_help: str) -> None:
    """The options of :func:`journal_list`, before ``list`` or after it."""
    # Without defaults, which would replace what was given before.
    command.argument_default = argparse.SUPPRESS
    command.add_argument("--since", metavar="TIME", help=time_help)
    command.add_argument(
        "--limit", type=int, metavar="N", help=f"the newest so many (default {LIMIT})"
    )


def journal_list(options: argparse.Namespace, settings: Config) -> ExitCode:
    """What happened at the door."""
    from facedoor.access.rule_book import RuleBook
    from facedoor.history.entries import in_words
    from facedoor.history.sentences import told_time
    from facedoor.storage.journal import Journal
    from facedoor.storage.key_file import look_at_state
    from facedoor.times import parse_time, utc_text
    from facedoor.wire.entries import Entry

    limit, now, since = getattr(options, "limit", LIMIT), datetime.now(UTC), ""
    if limit < 1:
        raise UsageError(_("--limit is {limit}; it has to be 1 or more").format(limit=limit))
    newest: list[Entry] = []
    with look_at_state(settings) as (db, vault):
        zone = RuleBook(db, vault).zone()
        if hasattr(options, "since"):
            since = utc_text(parse_time(options.since, zone, now, past=True))
        for _first, batch in Journal(db, vault).back():
            newest += [entry for entry in batch if entry.time >= since]
            if len(newest) > limit or (batch and batch[-1].time < since):
                break
    entries = newest[:limit][::-1]
    if options.json:
        print_json({"entries": [dataclasses.asdict(entry) for entry in entries]})
        return ExitCode.DONE
    rows = [
        (str(entry.id), told_time(entry.time, zone, now), in_words(entry, zone))
        for entry in entries
    ]
    headings = (_("entry"), _("when"), _("what"))
    text = tables.table(headings, rows, [f"{at}  {what}" for _number, at, what in rows])
    if len(newest) > limit:
        more = _("only the newest {limit}: --limit N shows more").format(limit=limit)
        text += "\n" + tables.fitted(more)
    show(text or _("nothing has happened"))
    return ExitCode.DONE


def journal_verify(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Look for entries that were removed, changed or reordered."""
    from facedoor.storage.audit import verify
    from facedoor.storage.key_file import look_at_state

    with look_at_state(settings) as (db, vault):
        verdict = verify(db, vault)
    text = _("the journal was tampered with or is damaged: {problem}").format(
        problem=verdict.problem
    )
    if verdict.intact:
        text = ngettext(
            "the journal is intact: {count} entry, beside {removed} removed because of age or for "
            "space",
            "the journal is intact: {count} entries, beside {removed} removed because of age or "
            "for space",
            verdict.entries,
        ).format(count=verdict.entries, removed=verdict.removed)
    values = {"intact": verdict.intact, **dataclasses.asdict(verdict)}
    return answer(options, values, text, yes_or_no(verdict.intact))


def journal_export(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Print every entry, one JSON object a line."""
    from facedoor.access.rule_book import RuleBook
    from facedoor.storage.journal import Journal
    from facedoor.storage.key_file import look_at_state
    from facedoor.times import parse_time, utc_text

    with look_at_state(settings) as (db, vault):
        since = ""
        if options.since:
            since = utc_text(parse_time(options.since, RuleBook(db, vault).zone(), past=True))
        for entry in Journal(db, vault).since(since):
            print_json(dataclasses.asdict(entry))
    return ExitCode.DONE
