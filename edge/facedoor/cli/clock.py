"""``facedoor clock``: what the door takes for the time, and why; root's word on it.

The state file is asked for what the running door knows, and evidence is looked for where the door
looks: :mod:`facedoor.clock`.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from os import geteuid

from facedoor.cli import BY, answer, tables, yes_or_no
from facedoor.config.options import Config
from facedoor.errors import ExitCode, UsageError
from facedoor.languages import _
from facedoor.times import CLOCKS_DIFFER_S, RELEASED_S, utc_now, utc_text


def show(options: argparse.Namespace, settings: Config) -> ExitCode:
    """What time it is, what proves it, and what time the door has known before."""
    from facedoor.access.rule_book import zone_of
    from facedoor.clock import NEXT_STEP
    from facedoor.commands.used import CLOCK_WAS_AHEAD, UsedCommands
    from facedoor.storage.clock_record import clock_of, recall_clock
    from facedoor.storage.key_file import look_at_state

    with look_at_state(settings) as (db, vault):
        zone = zone_of(db, vault)
        time, known_s = clock_of(db, vault).reading(), recall_clock(db, vault).time_s
        used = UsedCommands(db)
        latest_s, is_ahead = used.latest_s(), used.was_ahead(time.now_s)
    proof = _("not proven: {why_not}; {next_step}")
    proof = proof.format(why_not=time.why_not, next_step=_(NEXT_STEP))
    if time.evidence:
        proof = time.evidence.sentence
    lines = [f"{_shown(time.now_s, zone)}, {proof}"]
    if time.is_proven and is_ahead:
        lines.append(_(CLOCK_WAS_AHEAD))
    if time.is_proven and not time.is_settled:
        lines.append(
            _(
                "nothing is erased by age until the door has run on this time for a day: it is "
                "days ahead of what was known before"
            )
        )
    if latest_s:
        lines.append(_("commands were obeyed up to {time}").format(time=_shown(latest_s, zone)))
    values = {
        "time": _text(time.now_s),
        "proven": time.is_proven,
        "evidence": time.evidence and time.evidence.value,
        "why_not": time.why_not or None,
        "settled": time.is_settled,
        "known": _text(known_s) if known_s else None,
        "commands_up_to": _text(latest_s) if latest_s else None,
    }
    is_good = time.is_proven and not is_ahead
    text = "\n".join(tables.fitted(line) for line in lines)
    return answer(options, values, text, yes_or_no(is_good))


def trust(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Say that the wall clock is right, until somebody sets it or the system starts anew."""
    from facedoor.access.rule_book import zone_of
    from facedoor.storage.clock_record import clock_of, keep_clock, recall_clock
    from facedoor.storage.journal import Journal
    from facedoor.storage.key_file import open_state
    from facedoor.storage.store import transaction
    from facedoor.wire.state_events import ClockTrusted

    _require_root("trust")
    with open_state(settings) as (db, vault):
        clock, zone = clock_of(db, vault), zone_of(db, vault)
        time = clock.reading()
        if time.now_s < RELEASED_S:
            raise UsageError(
                _(
                    "the clock shows {time}, before this version of facedoor was made: set it "
                    "first, with sudo date --set TIME"
                ).format(time=_shown(time.now_s, zone))
            )
        if time.evidence is None:
            with transaction(db, "write down that the clock is right"):
                keep_clock(db, vault, clock.trusted_by_root(recall_clock(db, vault)))
                Journal(db, vault).append(ClockTrusted(utc_now(), BY))
    return _said(
        options,
        time.now_s,
        zone,
        _(
            "the door takes that for the time until somebody sets the clock or the system "
            "starts anew"
        )
        if time.evidence is None
        else _("the door takes that for the time already: {sentence}").format(
            sentence=time.evidence.sentence
        ),
    )


def repair(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Forget a later time that the door has known, since the clock was wrong then."""
    from facedoor.access.rule_book import zone_of
    from facedoor.commands.used import UsedCommands
    from facedoor.storage.clock_record import clock_of, keep_clock, recall_clock
    from facedoor.storage.journal import Journal
    from facedoor.storage.key_file import open_state
    from facedoor.storage.store import transaction
    from facedoor.wire.state_events import ClockRepaired

    _require_root("repair")
    with open_state(settings) as (db, vault):
        time, zone = clock_of(db, vault).reading(), zone_of(db, vault)
        if not time.is_proven:
            raise UsageError(
                _(
                    "the door does not know what time it is ({why_not}): set the clock, and then "
                    "sudo facedoor clock trust"
                ).format(why_not=time.why_not)
            )
        used, known = UsedCommands(db), recall_clock(db, vault)
        was_s = max(used.latest_s(), known.time_s)
        if was_s <= time.now_s + CLOCKS_DIFFER_S:
            return _said(
                options, time.now_s, zone, _("there is nothing to repair: it was never later")
            )
        with transaction(db, "take back what time it was"):
            used.begin_again(time.now_s)
            keep_clock(db, vault, replace(known, time_s=min(known.time_s, time.now_s)))
            Journal(db, vault).append(ClockRepaired(utc_now(), BY, _text(was_s)))
    text = _(
        "{time} is forgotten; commands that were made before now have to be sent again"
    ).format(time=_shown(was_s, zone))
    return _said(options, time.now_s, zone, text)


def _require_root(action: str) -> None:
    if geteuid() != 0:
        raise UsageError(
            _("only root may say what time it is: sudo facedoor clock {action}").format(
                action=action
            )
        )


def _said(options: argparse.Namespace, now_s: float, zone: tzinfo | None, text: str) -> ExitCode:
    line = tables.fitted(f"{_shown(now_s, zone)}: {text}")
    return answer(options, {"time": _text(now_s), "message": text}, line)


def _shown(time_s: float, zone: tzinfo | None) -> str:
    """As the clock on the wall has it; which zone that is, is said, for it may be the mistake."""
    return f"{datetime.fromtimestamp(time_s, UTC).astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"


def _text(time_s: float) -> str:
    return utc_text(datetime.fromtimestamp(time_s, UTC))
