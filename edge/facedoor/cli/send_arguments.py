"""What the commands take that are sent to a door."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from facedoor.cli.parsing import TIME, command
from facedoor.cli.people_arguments import add_permission, add_similar
from facedoor.cli.send import add_broker, send
from facedoor.wire.mode import Mode


def add_sending(actions: Any) -> None:
    """Each of them, and how the door is reached."""

    def sending(name: str, text: str, /, **arguments: str) -> argparse.ArgumentParser:
        added = command(actions, name, send, text)
        for argument, meaning in arguments.items():
            added.add_argument(argument, metavar=argument.upper(), help=meaning)
        added.add_argument("--key", type=Path, required=True, metavar="FILE", help="who commands")
        added.add_argument("--door", metavar="NAME", help="instead of the configured door")
        add_broker(added)
        return added

    sending("ping", "Ask whether the door hears.")
    sending("list", "Who is enrolled at the door.")
    reading = sending("journal", "The end of the door's journal.")
    reading.add_argument("--since", metavar="TIME", help=TIME)
    reading.add_argument("--limit", type=int, default=20, help="entries (default 20)")
    enrolling = sending(
        "enroll",
        "Add pictures to a person: files, which are sent, or taken at the door now.",
        name="whose pictures they are",
    )
    source = enrolling.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--image", type=Path, nargs="+", action="extend", metavar="FILE", help="pictures to send"
    )
    source.add_argument("--capture", type=int, metavar="N", help="good frames to take at the door")
    source.add_argument("--visit", metavar="ID", help="the picture that the door has of a visit")
    enrolling.add_argument(
        "--within", type=int, default=30, metavar="S", help="seconds for --capture (default 30)"
    )
    add_similar(enrolling)
    visit = "the visit's id, as facedoor visits --json says it"
    sending("label", "Say whose a visit was.", visit=visit, name="who it was")
    sending("remove", "Forget a person.", name="whom to forget")
    renamed = {"name": "what the person is called now", "to": "and from now on"}
    sending("rename", "Give a person another name.", **renamed)
    sending("unlock", "Release the door once.").add_argument(
        "--reason", default="", metavar="TEXT", help="why, for the journal"
    )
    sending("mode", "Change whom the door is open to.").add_argument(
        "mode",
        choices=[mode.value for mode in Mode],
        help="normal: faces and commands; face_off: commands alone; lockdown: nothing",
    )
    sending("rules", "The door's rules, and what is said of whom.")
    sending("set-rules", "Put a document in the place of the door's rules.").add_argument(
        "file", type=Path, metavar="FILE", help="TOML or JSON, see docs/access.md"
    )
    add_permission(sending("allow", "Say what a person may.", name="who may"))
