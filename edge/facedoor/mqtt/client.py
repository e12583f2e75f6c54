"""The MQTT client as the configuration wants it: identity, last will, password, TLS, WebSockets."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from facedoor.config.credentials import credential_file
from facedoor.errors import BusError
from facedoor.wire import messages

if TYPE_CHECKING:
    from facedoor.config.options import MqttConfig
    from facedoor.wire.topics import Topics

RECONNECT_S = (1, 30)
"""Shortest and longest pause between two attempts to connect; each one doubles it."""

Version = MQTTProtocolVersion


class Clients:
    """Makes the door's clients, of either version of MQTT. The secrets are read once."""

    def __init__(self, config: MqttConfig, topics: Topics) -> None:
        """Raises :class:`BusError` for settings that can never work, such as a missing file."""
        self._config = config
        self._topics = topics
        try:
            config.host.encode("idna")
        except UnicodeError as error:
            raise BusError(
                f"[mqtt] host is {config.host!r}, which cannot be a host's name ({error}): "
                "write a name or an address"
            ) from error
        if config.password_file and not config.username:
            raise BusError(
                "[mqtt] password_file is set without a username: set [mqtt] username too"
            )
        self._password = _password(config) if config.username else None
        self._tls = _tls(config)

    def make(self, version: Version) -> Client:
        """The door's client, not connected yet."""
        door = self._topics.door
        # The same door has always the same id: after the network was lost the broker takes the new
        # connection for the old one, instead of sending the old one's last will later on.
        client = self.make_visitor(version, f"facedoor-{door}")
        offline = messages.status(door, online=False)
        client.will_set(self._topics.status, offline, qos=1, retain=True)
        client.reconnect_delay_set(*RECONNECT_S)
        return client

    def make_visitor(self, version: Version, client_id: str) -> Client:
        """A client that is not the door and has no last will, not connected yet."""
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=version,
            transport=self._config.transport,
        )
        if self._config.username:
            client.username_pw_set(self._config.username, self._password)
        if self._tls is not None:
            client.tls_set_context(self._tls)
        if self._config.transport == "websockets":
            client.ws_set_options(path=self._config.ws_path)
        return client


def _password(config: MqttConfig) -> str | None:
    """The password from the configured file, else from systemd, else none."""
    if config.password_file:
        path = Path(config.password_file)
        _require_private(path, "password_file")
    elif (credential := credential_file("mqtt-password")) is not None:
        path = credential
    else:
        return None
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BusError(
            f"cannot read the MQTT password from {path} ({error}): write it there, in UTF-8"
        ) from error


def _tls(config: MqttConfig) -> ssl.SSLContext | None:
    """How to speak TLS, if a CA is configured."""
    if not config.ca_file:
        if config.cert_file or config.key_file:
            raise BusError(
                "[mqtt] cert_file or key_file is set without ca_file, so there would be no TLS: "
                "set [mqtt] ca_file to the CA of the broker"
            )
        return None
    try:
        # Without the strictness that Python 3.13 adds, which most home-made CAs fail.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(config.ca_file)
    except OSError as error:
        raise BusError(
            f"cannot use [mqtt] ca_file {config.ca_file} ({error}): "
            "it has to be a CA certificate in PEM form"
        ) from error
    if config.cert_file:
        _load_certificate(context, config)
    elif config.key_file:
        raise BusError("[mqtt] key_file is set without cert_file: set [mqtt] cert_file too")
    return context


def _load_certificate(context: ssl.SSLContext, config: MqttConfig) -> None:
    if config.key_file:
        key = Path(config.key_file)
        _require_private(key, "key_file")
    elif (credential := credential_file("mqtt-key")) is not None:
        key = credential
    else:
        raise BusError(
            "[mqtt] cert_file is set without its private key: set [mqtt] key_file, "
            "or give systemd the credential mqtt-key"
        )
    try:
        # Without a password here OpenSSL would ask for that of an encrypted key on the terminal.
        context.load_cert_chain(config.cert_file, key, password="")
    except OSError as error:
        raise BusError(
            f"cannot use [mqtt] cert_file {config.cert_file} with the key {key} ({error}): they "
            "have to be a certificate and its private key, not encrypted, in PEM form"
        ) from error


def _require_private(path: Path, option: str) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise BusError(
            f"cannot read [mqtt] {option} {path} ({error.strerror}): put the secret there"
        ) from error
    if mode & 0o077:
        raise BusError(f"[mqtt] {option} {path} can be read by other users: run chmod 600 {path}")
