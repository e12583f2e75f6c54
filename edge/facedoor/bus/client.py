"""The MQTT client as the configuration wants it: identity, last will, password, TLS."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from facedoor.bus import messages
from facedoor.errors import BusError

if TYPE_CHECKING:
    from facedoor.bus.topics import Topics
    from facedoor.config import MqttConfig

RECONNECT_S = (1, 30)
"""Shortest and longest pause between two attempts to connect; each one doubles it."""


def build_client(config: MqttConfig, topics: Topics) -> Client:
    """A client that is not connected yet.

    Raises :class:`BusError` for settings that can never work, such as a file that is missing.
    """
    try:
        config.host.encode("idna")
    except UnicodeError as error:
        raise BusError(
            f"[mqtt] host is {config.host!r}, which cannot be a host's name ({error}): "
            "write a name or an address"
        ) from error
    # The same door has always the same id: after the network was lost the broker takes the new
    # connection for the old one, instead of sending the old one's last will later on.
    client = Client(CallbackAPIVersion.VERSION2, client_id=f"facedoor-{topics.door}")
    offline = messages.status(topics.door, online=False)
    client.will_set(topics.status, offline, qos=1, retain=True)
    client.reconnect_delay_set(*RECONNECT_S)
    if config.username:
        client.username_pw_set(config.username, _password(config))
    elif config.password_file:
        raise BusError("[mqtt] password_file is set without a username: set [mqtt] username too")
    if config.ca_file:
        try:
            client.tls_set(ca_certs=config.ca_file)
        except OSError as error:
            raise BusError(
                f"cannot use [mqtt] ca_file {config.ca_file} ({error}): "
                "it has to be a CA certificate in PEM form"
            ) from error
    return client


def _password(config: MqttConfig) -> str | None:
    """The password from the configured file, else from systemd, else none."""
    if config.password_file:
        path = Path(config.password_file)
        # Only for this file: systemd guards its credentials with an ACL, which looks like 0440.
        _require_private(path)
    elif directory := os.environ.get("CREDENTIALS_DIRECTORY"):
        path = Path(directory) / "mqtt-password"
        if not path.exists():
            return None
    else:
        return None
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BusError(
            f"cannot read the MQTT password from {path} ({error}): write it there, in UTF-8"
        ) from error


def _require_private(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise BusError(
            f"cannot read [mqtt] password_file {path} ({error.strerror}): write the password there"
        ) from error
    if mode & 0o077:
        raise BusError(
            f"[mqtt] password_file {path} can be read by other users: run chmod 600 {path}"
        )
