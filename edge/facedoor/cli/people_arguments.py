"""What the commands about people take, and what those of ``send`` that do the same."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from facedoor.cli import people as people_commands
from facedoor.cli import rules as rules_commands
from facedoor.cli.enrolling import enroll
from facedoor.cli.parsing import command


def add_people(subcommands: Any) -> None:
    """``enroll``, ``people``, ``verify`` and ``identify``."""
    enrolling = command(subcommands, "enroll", enroll)
    enrolling.add_argument("name", metavar="NAME", help="whose pictures they are")
    enrolling.add_argument(
        "files",
        type=Path,
        nargs="*",
        metavar="FILE|FOLDER",
        help="pictures, best taken on several days, and folders of them",
    )
    source = enrolling.add_mutually_exclusive_group()
    source.add_argument(
        "--image",
        type=Path,
        nargs="+",
        action="extend",
        metavar="FILE",
        help="the same as FILE|FOLDER",
    )
    source.add_argument(
        "--camera",
        nargs="?",
        const="",
        metavar="SPEC",
        help="take pictures now, with this camera or the configured one",
    )
    source.add_argument("--visit", metavar="ID", help="the picture that is kept of a visit")
    enrolling.add_argument("--count", type=int, default=5, help="pictures for --camera (default 5)")
    add_similar(enrolling)

    people = command(
        subcommands,
        "people",
        people_commands.people_list,
        "Say who is enrolled; rename and forget people, and say what they may.",
    )
    actions = people.add_subparsers(metavar="ACTION")
    command(actions, "list", people_commands.people_list)
    renaming = command(actions, "rename", people_commands.people_rename)
    renaming.add_argument("name", metavar="NAME", help="what the person is called now")
    renaming.add_argument("to", metavar="NEW_NAME", help="and from now on")
    removing = command(actions, "remove", people_commands.people_remove)
    removing.add_argument("name", metavar="NAME", help="whom to forget")
    anew = command(actions, "re-enrol", people_commands.people_re_enrol)
    anew.add_argument("names", metavar="NAME", nargs="*", help="only these people")
    add_similar(anew)
    command(actions, "forget-pictures", people_commands.people_forget_pictures)
    allowing = command(actions, "allow", rules_commands.allow)
    allowing.add_argument("name", metavar="NAME", help="who may")
    add_permission(allowing)
    pin = allowing.add_mutually_exclusive_group()
    pin.add_argument("--pin", action="store_true", help="ask for a PIN")
    pin.add_argument("--pin-stdin", action="store_true", help="read the PIN from standard input")
    pin.add_argument("--no-pin", action="store_true", help="forget the PIN")
    rekeying = command(actions, "rekey", people_commands.people_rekey)
    rekeying.add_argument("--to", type=Path, metavar="FILE", help="where the new key is written")

    verifying = command(subcommands, "verify", people_commands.verify)
    verifying.add_argument("name", metavar="NAME", help="who it should be")
    identifying = command(subcommands, "identify", people_commands.identify)
    for action in (verifying, identifying):
        action.add_argument("image", type=Path, metavar="IMAGE", help="a picture with a face")


def add_similar(enrolling: argparse.ArgumentParser) -> None:
    """Whom somebody may look like."""
    enrolling.add_argument(
        "--although-similar-to",
        dest="similar",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME",
        help="whom it is not, although they look alike, such as a twin",
    )


def add_permission(allowing: argparse.ArgumentParser) -> None:
    """What somebody may."""
    allowing.add_argument("--group", nargs="*", metavar="GROUP", help="all of theirs; none: none")
    allowing.add_argument("--from", dest="valid_from", metavar="DAY", help="2026-12-01, or none")
    allowing.add_argument(
        "--until", dest="valid_until", metavar="DAY", help="the last day, or none"
    )
    allowing.add_argument(
        "--duress",
        action=argparse.BooleanOptionalAction,
        help="whoever comes with this face is forced to: opens, and raises a silent event",
    )
    allowing.add_argument(
        "--false-match-rate", dest="rate", metavar="RATE", help="a smaller risk than the door's"
    )
