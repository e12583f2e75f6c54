"""Who the page is at the broker."""

from __future__ import annotations

from dataclasses import replace

from facedoor.config.file import credential_file
from facedoor.config.options import Config, MqttConfig

CREDENTIAL = "console-password"
KEY_CREDENTIAL = "console-key"
"""The credentials of systemd with the dashboard's password at the broker, or the key of its
certificate there."""


def broker_of(config: Config) -> MqttConfig:
    """The broker of ``[mqtt]``, to which the page comes as a user of its own."""
    page = config.dashboard
    secret = page.password_file or credential_file(CREDENTIAL) or ""
    key = (page.key_file or credential_file(KEY_CREDENTIAL) or "") if page.cert_file else ""
    return replace(
        config.mqtt,
        username=page.username,
        password_file=str(secret),
        cert_file=page.cert_file,
        key_file=str(key),
    )
