"""``facedoor broker`` and ``facedoor broker-config``: the broker between doors and all others."""

from __future__ import annotations

import argparse
import contextlib
import json
import shlex
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from facedoor.cli import LAST_PORT, answer
from facedoor.config.options import Config
from facedoor.errors import ExitCode, StoreError, UsageError
from facedoor.languages import _

if TYPE_CHECKING:
    from facedoor.host_names import Address, HostNames
    from facedoor.mqtt.broker_certificates import Certificate


FOLDER = Path("/etc/mosquitto/facedoor")

DASHBOARD_USER = "console"


def broker(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Run a broker for this machine alone."""
    from facedoor.mqtt.broker import HOST, embedded_broker

    # Blocked before the broker's thread starts, so that sigwait below gets them.
    signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    address = f"{HOST}:{settings.mqtt.port}"
    with embedded_broker(settings.mqtt.port):
        answer(options, {"address": address}, f"listening at {address}, for this machine only")
        signal.sigwait(signals)
    return ExitCode.DONE


def broker_config(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Print a configuration for mosquitto or its ACL, or make its certificates."""
    from facedoor.mqtt.broker import access, configuration

    if not 1 <= options.port <= LAST_PORT - 2:
        raise UsageError(
            _("--port is {port}; it can be 1 to {last}").format(
                port=options.port, last=LAST_PORT - 2
            )
        )
    if options.make_certificates and (options.acl or options.home_assistant):
        raise UsageError(_("--make-certificates prints no configuration: ask for one at a time"))
    doors = options.door or [settings.door.name]
    if options.make_certificates:
        return _make_certificates(options, doors)
    if options.home_assistant:
        return _home_assistant(options, doors)
    if options.acl:
        text = access(doors, options.site)
    else:
        known = _own_line(settings) if settings.door.name in doors else None
        text = configuration(options.folder, options.port, doors, known)
    return answer(options, {"acl" if options.acl else "configuration": text}, text)


def _home_assistant(options: argparse.Namespace, doors: Sequence[str]) -> ExitCode:
    from facedoor.mqtt.homeassistant.addon import HOST, addon_access, addon_passwords, addon_steps

    acl = addon_access(doors, options.site)
    if options.acl:
        return answer(options, {"acl": acl}, acl)
    words = ["facedoor", "broker-config", "--home-assistant", "--acl", "--door", *doors]
    words += ["--site", options.site] if options.site else []
    passwords = addon_passwords(doors)
    host = str(_asked(options.host)[0]) if options.host else HOST
    text = addon_steps(passwords, host, shlex.join(words))
    return answer(options, {"logins": passwords, "acl": acl, "steps": text}, text)


def _make_certificates(options: argparse.Namespace, doors: Sequence[str]) -> ExitCode:
    from facedoor.host_names import of_this_machine
    from facedoor.mqtt.broker import USERS, door_user
    from facedoor.mqtt.broker_certificates import make_certificates

    folder = options.make_certificates.absolute()
    asked = _asked(options.host)
    hosts = of_this_machine(*asked)
    users = options.user or []
    if strange := [user for user in users if user not in USERS]:
        raise UsageError(
            _("--user is {user!r}: it can be {users}").format(
                user=strange[0], users=", ".join(USERS)
            )
        )
    made = make_certificates(folder, hosts, [*map(door_user, doors), *users])
    host = _first(asked, hosts)
    text = "\n".join(
        [
            *(_line(certificate) for certificate in made),
            *_for_the_broker(folder, options.folder),
            *(line for door in doors for line in _for_a_door(folder, door, host, options.port + 1)),
            *(_for_a_user(folder, user, host, options.port + 1) for user in users),
            *_for_the_rest(folder, host, options.port),
        ]
    )
    values = {
        "folder": str(folder),
        "host": host,
        "certificates": [
            {
                "file": f"{each.name}.pem",
                "done": each.done,
                "ends": f"{each.ends:%Y-%m-%d}",
                "names": list(each.names),
            }
            for each in made
        ],
    }
    return answer(options, values, text)


def _asked(hosts: Sequence[str] | None) -> list[str | Address]:
    """What ``--host`` says. Raises :class:`UsageError`."""
    from facedoor.host_names import is_host_name, parsed

    asked = [parsed(host) for host in hosts or ()]
    for host in asked:
        if isinstance(host, str) and not is_host_name(host):
            raise UsageError(
                _("--host is {host!r}: write a name such as broker.lan, or an address").format(
                    host=host
                )
            )
    return asked


def _first(asked: Sequence[str | Address], hosts: HostNames) -> str:
    """The name by which doors had best reach the broker."""
    return str(next(iter((*asked, *hosts.names))))


def _line(certificate: Certificate) -> str:
    names = f", for {', '.join(certificate.names)}" if certificate.names else ""
    ends = f"{certificate.ends:%Y-%m-%d}"
    return f"{certificate.name}.pem: {certificate.done}, good until {ends}{names}"


def _for_the_broker(folder: Path, target: Path) -> list[str]:
    lines = ["", "The broker takes ca.pem, broker.pem and broker.key:"]
    if folder != target:
        source, place = shlex.quote(str(folder)), shlex.quote(str(target))
        lines += [
            f"  sudo install -m 644 {source}/ca.pem {source}/broker.pem {place}",
            f"  sudo install -m 600 -o mosquitto {source}/broker.key {place}",
        ]
    return [*lines, "  sudo systemctl restart mosquitto"]


def _for_a_door(folder: Path, door: str, host: str, port: int) -> list[str]:
    return [
        "",
        f"The door {door} comes with a certificate in place of a password. It takes:",
        *_install(folder, f"door-{door}", "mqtt.pem", "mqtt-key"),
        "and in /etc/facedoor/facedoor.toml:",
        "  [mqtt]",
        f"  host = {json.dumps(host)}",
        f"  port = {port}",
        '  ca_file = "/etc/facedoor/broker-ca.pem"',
        '  cert_file = "/etc/facedoor/mqtt.pem"',
    ]


def _install(folder: Path, user: str, certificate: str, credential: str) -> list[str]:
    source = shlex.quote(str(folder))
    return [
        f"  sudo install -m 644 {source}/ca.pem /etc/facedoor/broker-ca.pem",
        f"  sudo install -m 644 {source}/{user}.pem /etc/facedoor/{certificate}",
        f"  sudo install -m 600 {source}/{user}.key /etc/facedoor/credentials/{credential}",
    ]


def _for_a_user(folder: Path, user: str, host: str, port: int) -> str:
    if user == DASHBOARD_USER:
        lines = [
            "The dashboard comes with a certificate, too. It takes:",
            *_install(folder, user, "console.pem", "console-key"),
            f"and, with [mqtt] host, port {port} and ca_file as for a door:",
            "  [dashboard]",
            '  cert_file = "/etc/facedoor/console.pem"',
        ]
    else:
        words = ["facedoor", "send", "ping", "--key", "FILE", "--host", host, "--port", str(port)]
        words += ["--ca-file", "ca.pem", "--cert-file", f"{user}.pem", "--cert-key", f"{user}.key"]
        lines = [f"The user {user} comes with a certificate, too:", f"  {shlex.join(words)}"]
    return "\n".join(("", *lines))


def _for_the_rest(folder: Path, host: str, port: int) -> list[str]:
    return [
        "",
        "A dashboard that shares its configuration with such a door needs a certificate,",
        f"too: --user {DASHBOARD_USER}. Whoever has a password comes with ca.pem to",
        f"{host}:{port}.",
        "",
        "Keep the CA's key where nobody else reads it: with it anybody makes a certificate",
        "that the broker takes for a door's. Only this command needs it: run again, it",
        "renews what ends within a year, for the keys that are there, and leaves the rest",
        f"as it is. It is {folder / 'ca.key'}",
    ]


def _own_line(settings: Config) -> str | None:
    """The line that says who this door is; ``None`` where there is no door that says it."""
    from facedoor.commands.known_doors import known_door_line
    from facedoor.storage.door_key import read_door_key
    from facedoor.storage.key_file import open_state
    from facedoor.storage.place import is_there

    with contextlib.suppress(StoreError):
        if is_there(settings.database):
            with open_state(settings, read_only=True) as (db, vault):
                return known_door_line(settings.door.name, read_door_key(db, vault).identity)
    return None
