"""What can be asked on the command line: every command, and what it takes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from facedoor import __version__
from facedoor.cli import broker as broker_commands
from facedoor.cli import clock as clock_commands
from facedoor.cli import door as commands
from facedoor.cli import journal as journal_commands
from facedoor.cli import keys as key_commands
from facedoor.cli import rules as rules_commands
from facedoor.cli import visits as visit_commands
from facedoor.cli.dashboard import dashboard
from facedoor.cli.demo import add_arguments as add_demo_arguments
from facedoor.cli.demo import demo
from facedoor.cli.parsing import TIME, Parser, command, common
from facedoor.cli.people_arguments import add_people
from facedoor.cli.send import send
from facedoor.cli.send_arguments import add_sending
from facedoor.cli.watch import watch
from facedoor.config import file as config_file
from facedoor.config.options import Config
from facedoor.wire.roles import GIVEN_ROLES


def parser() -> argparse.ArgumentParser:
    """What the command line can say."""
    made = Parser(
        prog="facedoor",
        description="A face-verification door lock.",
        parents=[common(default=None)],
    )
    made.set_defaults(load=config_file.load)
    made.add_argument("--version", action="version", version=f"facedoor {__version__}")
    # In the order in which one comes to need them; what systemd runs is last.
    subcommands = made.add_subparsers(required=True, metavar="COMMAND")
    command(subcommands, "setup", commands.setup)
    command(subcommands, "check", commands.check)
    add_people(subcommands)
    _add_past(subcommands)
    said = "Say who may come in when; set, check and explain the rules about it."
    rules = command(subcommands, "rules", rules_commands.show, said)
    _add_rules(rules.add_subparsers(metavar="ACTION"))
    watching = command(subcommands, "watch", watch)
    watching.set_defaults(load=lambda _: Config())  # of others than root it may not be readable
    command(subcommands, "dashboard", dashboard)
    said = "Say who may give commands; invite phones, make and revoke keys."
    keys = command(subcommands, "keys", key_commands.keys_list, said)
    _add_keys(keys.add_subparsers(metavar="ACTION"))
    sending = subcommands.add_parser("send", help=send.__doc__, description=send.__doc__)
    add_sending(sending.add_subparsers(required=True, dest="what", metavar="WHAT"))
    _add_broker_config(command(subcommands, "broker-config", broker_commands.broker_config))
    command(subcommands, "broker", broker_commands.broker)
    command(subcommands, "site-key", commands.site_key)
    command(subcommands, "backup", commands.backup).add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="where the copy goes, in the place of one that is there",
    )
    clock = command(subcommands, "clock", clock_commands.show)
    actions = clock.add_subparsers(metavar="ACTION")
    command(actions, "show", clock_commands.show)
    command(actions, "trust", clock_commands.trust)
    command(actions, "repair", clock_commands.repair)
    showing_off = subcommands.add_parser("demo", help=demo.__doc__, description=demo.__doc__)
    showing_off.set_defaults(command=demo, load=lambda _: Config())  # it writes its own
    add_demo_arguments(showing_off)
    _add_service(subcommands)
    return made


def _add_past(subcommands: Any) -> None:
    visits = command(subcommands, "visits", visit_commands.visits_list)
    visit_commands.add_filters(visits, TIME)
    listing = visits.add_subparsers(metavar="ACTION")
    visit_commands.add_filters(command(listing, "list", visit_commands.visits_list), TIME)
    showing = command(listing, "show", visit_commands.visits_show)
    showing.add_argument("visit", metavar="ID", help="as facedoor visits --json says it")
    showing.add_argument("--output", type=Path, metavar="FILE", help="write its picture there")
    journal = command(subcommands, "journal", journal_commands.journal_list)
    journal_commands.add_filters(journal, TIME)
    looks = journal.add_subparsers(metavar="ACTION")
    journal_commands.add_filters(command(looks, "list", journal_commands.journal_list), TIME)
    command(looks, "verify", journal_commands.journal_verify)
    command(looks, "export", journal_commands.journal_export).add_argument(
        "--since", metavar="TIME", help=TIME
    )


def _add_service(subcommands: Any) -> None:
    running = command(subcommands, "run", commands.run)
    running.add_argument("--camera", metavar="SPEC", help="instead of the configured camera")
    running.add_argument("--once", action="store_true", help="end when the source ends")
    running.set_defaults(load=lambda _: Config())  # it reads more of a wrong configuration
    # Reads the configuration only if it has to: it may have been edited into nonsense.
    relay_off = command(subcommands, "relay-off", commands.relay_off)
    relay_off.set_defaults(load=lambda _: Config())
    command(subcommands, "witness", commands.witness)


def _add_broker_config(broker: argparse.ArgumentParser) -> None:
    broker.add_argument("--acl", action="store_true", help="who may say and hear what")
    broker.add_argument(
        "--home-assistant",
        action="store_true",
        help="for Home Assistant's Mosquitto: what to click; with --acl its rules",
    )
    broker.add_argument(
        "--make-certificates",
        type=Path,
        metavar="DIR",
        help="make or renew a CA, and certificates of the broker and the doors, in that folder",
    )
    broker.add_argument(
        "--host",
        nargs="+",
        action="extend",
        metavar="NAME",
        help="names and addresses of the broker, beside those of this machine",
    )
    broker.add_argument(
        "--user",
        nargs="+",
        action="extend",
        metavar="NAME",
        help="certificates for these users too, such as enroller, for facedoor send",
    )
    broker.add_argument(
        "--door", nargs="+", action="extend", metavar="NAME", help="instead of the configured door"
    )
    broker.add_argument("--site", metavar="NAME", help="the doors share the roster of this site")
    broker.add_argument(
        "--folder",
        type=Path,
        metavar="DIR",
        default=broker_commands.FOLDER,
        help="where certificates, passwords and ACL lie (default %(default)s)",
    )
    broker.add_argument(
        "--port", type=int, default=8883, help="the first of three (default %(default)s)"
    )


def _add_keys(actions: Any) -> None:
    command(actions, "list", key_commands.keys_list)
    making = command(actions, "make", key_commands.keys_make)
    making.add_argument(
        "--output", type=Path, metavar="FILE", help="write the private half there, not on screen"
    )
    adding = command(actions, "add", key_commands.keys_add)
    inviting = command(actions, "invite", key_commands.keys_invite)
    for action in (making, adding, inviting):
        action.add_argument("name", metavar="NAME", help="whose key it is, or which device's")
        action.add_argument(
            "--role",
            required=True,
            choices=[role.value for role in GIVEN_ROLES],
            help="what it may command",
        )
    adding.add_argument(
        "public_key", metavar="PUBLIC_KEY", help="its public half, as keys make prints it"
    )
    inviting.add_argument("--url", help="where the page is, instead of [dashboard] url")
    inviting.add_argument(
        "--expires", type=float, default=24.0, metavar="HOURS", help="until then (default 24)"
    )
    command(actions, "reviewed", key_commands.keys_reviewed)
    command(actions, "revoke", key_commands.keys_revoke).add_argument(
        "name", metavar="NAME", help="whose key or invitation"
    )


def _add_rules(actions: Any) -> None:
    command(actions, "show", rules_commands.show)
    command(actions, "set", rules_commands.set_rules).add_argument(
        "file", type=Path, metavar="FILE", help="TOML or JSON, see docs/access.md"
    )
    command(actions, "clear", rules_commands.clear)
    command(actions, "check", rules_commands.check).add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="instead of the rules that hold"
    )
    explaining = command(actions, "explain", rules_commands.explain)
    explaining.add_argument("name", metavar="NAME", help="who would come")
    explaining.add_argument("--at", metavar="TIME", help=TIME)
