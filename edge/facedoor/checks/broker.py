"""The broker: whether it answers, whom it lets in, and what can be read on the way."""

from __future__ import annotations

import dataclasses
import ipaddress
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from facedoor.checks.installation import Finding, Installation, fine, problem
from facedoor.config.options import MqttConfig
from facedoor.languages import N_, _
from facedoor.mqtt.probe import ProbeAnswer, probe
from facedoor.mqtt.trouble import RENEWAL
from facedoor.site.site import load_site

RENEWED_BEFORE = timedelta(days=60)

_LOCK_OUT = N_("allow_anonymous false in mosquitto's configuration: see facedoor broker-config")
_ANY_ADDRESS = ("00000000", "0" * 32)
_LISTENING = "0A"


def examine_broker(door: Installation) -> Iterator[Finding]:
    """Connect to the broker as the door would, under another name, and once as a stranger."""
    load_site(door.settings)
    mqtt = door.settings.mqtt
    if not mqtt.host:
        yield fine("mqtt", _("not configured"))
        return
    where = f"{mqtt.host}:{mqtt.port}"
    answered = probe(mqtt, door.settings.door.name)
    if answered.answer is not ProbeAnswer.WELCOME:
        yield problem("mqtt", answered.sentence, answered.remedy)
        return
    is_near = is_this_machine(mqtt.host)
    found = list(
        judge_openness(
            mqtt,
            lets_strangers_in=_lets_strangers_in(door),
            is_near=is_near,
            is_private=is_near and not listens_to_the_network(mqtt.port, door.root),
        )
    )
    found += near_their_end(mqtt, datetime.now(UTC))
    yield from found
    if not found:
        yield fine(
            "mqtt", _("a broker answers at {where} and lets the door in").format(where=where)
        )


def near_their_end(mqtt: MqttConfig, now: datetime) -> Iterator[Finding]:
    """Findings for certificates with which the door soon comes through no more."""
    for option in ("ca_file", "cert_file"):
        file = getattr(mqtt, option)
        ends = _end_of(Path(file)) if file else None
        if ends is not None and ends - now < RENEWED_BEFORE:
            yield problem(
                "mqtt",
                _("[mqtt] {option} {file} is good until {ends:%Y-%m-%d}, and no longer").format(
                    option=option, file=file, ends=ends
                ),
                _("renew it: {renewal}").format(renewal=_(RENEWAL)),
            )


def _end_of(file: Path) -> datetime | None:
    """When the certificate ends that stands alone in a file; of a collection most never matter."""
    with suppress(OSError, ValueError):
        certificates = x509.load_pem_x509_certificates(file.read_bytes())
        if len(certificates) == 1:
            return certificates[0].not_valid_after_utc
    return None


def _lets_strangers_in(door: Installation) -> bool:
    mqtt = door.settings.mqtt
    if not (mqtt.username or mqtt.cert_file):
        return True
    stranger = dataclasses.replace(mqtt, username="", password_file="", cert_file="", key_file="")
    return probe(stranger, door.settings.door.name).answer is ProbeAnswer.WELCOME


def judge_openness(
    mqtt: MqttConfig, *, lets_strangers_in: bool, is_near: bool, is_private: bool
) -> Iterator[Finding]:
    """Findings if others could read or publish what is not for them.

    ``is_near``: the way to the broker does not leave this machine; ``is_private``: nor does any
    other way to it.
    """
    where = f"{mqtt.host}:{mqtt.port}"
    if lets_strangers_in and not is_private:
        yield problem(
            "mqtt",
            _("{where} lets anybody on the network in without a password").format(where=where),
            _(_LOCK_OUT),
        )
    elif lets_strangers_in and mqtt.home_assistant_control:
        yield problem(
            "mqtt",
            _(
                "{where} lets every program of this machine in without a password, and "
                "home_assistant_control lets whoever is in open the door"
            ).format(where=where),
            _(_LOCK_OUT),
        )
    if not mqtt.ca_file and not is_near:
        yield problem(
            "mqtt",
            _(
                "what goes to {where} can be read on the way, a password too: there is no TLS"
            ).format(where=where),
            _(
                "set [mqtt] ca_file and port; whoever has no certificates: facedoor broker-config "
                "--make-certificates DIR"
            ),
        )


def is_this_machine(host: str) -> bool:
    """True if every address of ``host`` is the machine's own loopback."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return all(ipaddress.ip_address(text.partition("%")[0]).is_loopback for text in found)


def listens_to_the_network(port: int, root: Path) -> bool:
    """True if somebody on this machine listens on all its addresses at ``port``."""
    for name in ("tcp", "tcp6"):
        try:
            rows = (root / "proc" / "net" / name).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            _, local, _, state, *_ = row.split()
            address, _, number = local.partition(":")
            if state == _LISTENING and address in _ANY_ADDRESS and int(number, 16) == port:
                return True
    return False
