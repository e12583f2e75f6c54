"""Why there is no connection to the broker: what happened, in words, and what mends it."""

from __future__ import annotations

import errno
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from paho.mqtt.client import WebsocketConnectionError

from facedoor.config.options import MqttConfig
from facedoor.languages import N_, _
from facedoor.times import utc_now

RENEWAL = N_("facedoor broker-config --make-certificates DIR, where it made them")

_EXPIRED, _NOT_YET = 10, 9
_WRONG_NAME = frozenset({62, 63, 64})
"""X509_V_ERR_* of OpenSSL."""

_SILENT = frozenset(
    {errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN}
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happened, and what mends it; neither ends with a full stop."""

    sentence: str
    remedy: str
    is_untrusted: bool = False
    """TLS failed: a certificate is not accepted, or one side does not speak TLS."""


def trouble(why: object, config: MqttConfig) -> Trouble:
    """What an exception, or a word of the broker's or the client's, stands for."""
    where = f"{config.host}:{config.port}"
    if isinstance(why, ssl.SSLError) or (config.ca_file and isinstance(why, ConnectionResetError)):
        return _of_tls(why, config, where)
    if isinstance(why, socket.gaierror):
        return _of_name(why, config)
    if isinstance(why, WebsocketConnectionError):
        return Trouble(
            _("what answers at {where} has no WebSockets at {ws_path} ({why})").format(
                where=where, ws_path=config.ws_path, why=why
            ),
            _("check [mqtt] port, transport and ws_path"),
        )
    if isinstance(why, ConnectionRefusedError):
        return Trouble(
            _("no broker answers at {where} ({why})").format(where=where, why=_reason(why)),
            _(
                "on the broker's machine: systemctl status mosquitto; it has to listen at "
                "[mqtt] port"
            ),
        )
    if isinstance(why, TimeoutError) or (isinstance(why, OSError) and why.errno in _SILENT):
        return Trouble(
            _("nothing answers at {where} ({why})").format(where=where, why=_reason(why)),
            _(
                "see whether that machine is on and the network reaches it: ping {host}; a "
                "firewall may be in between"
            ).format(host=config.host),
        )
    return Trouble(
        _("no broker answers at {where} ({why})").format(where=where, why=_reason(why)),
        unanswered(config),
    )


def unanswered(config: MqttConfig) -> str:
    """What to look at where the connection is there, and ends or stays silent."""
    if (own := _own_certificate(config)) is not None:
        return own
    if config.cert_file:
        return _("see the broker's log: it may not accept [mqtt] cert_file")
    if config.ca_file:
        return _(
            "see the broker's log: it may want a certificate of the door's own, [mqtt] cert_file"
        )
    return _("see the broker's log, and whether [mqtt] port is one with TLS, which wants ca_file")


def _own_certificate(config: MqttConfig) -> str | None:
    """What is wrong with the dates of the door's own certificate."""
    try:
        own = x509.load_pem_x509_certificate(Path(config.cert_file).read_bytes())
    except (OSError, ValueError):
        return None
    now = datetime.now(UTC)
    if own.not_valid_before_utc <= now <= own.not_valid_after_utc:
        return None
    return _(
        "[mqtt] cert_file {cert_file} is valid from {begin:%Y-%m-%d} to "
        "{end:%Y-%m-%d}, and this machine's clock shows "
        "{now:%Y-%m-%d}: see to the clock (timedatectl), or renew the certificate: {renewal}"
    ).format(
        cert_file=config.cert_file,
        begin=own.not_valid_before_utc,
        end=own.not_valid_after_utc,
        now=now,
        renewal=_(RENEWAL),
    )


def _of_name(error: socket.gaierror, config: MqttConfig) -> Trouble:
    if error.errno == socket.EAI_AGAIN:
        return Trouble(
            _("no name server says what address {host} has ({why})").format(
                host=config.host, why=error.strerror
            ),
            _(
                "see to this machine's network: getent hosts {host}; or write the broker's "
                "address as [mqtt] host"
            ).format(host=config.host),
        )
    return Trouble(
        _("there is no host named {host} ({why})").format(host=config.host, why=error.strerror),
        _("check [mqtt] host: getent hosts {host}; or write the broker's address there").format(
            host=config.host
        ),
    )


def _of_tls(error: BaseException, config: MqttConfig, where: str) -> Trouble:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _of_certificate(error, where)
    if config.ca_file:
        remedy = _("[mqtt] port has to be the one with TLS; if it is, {remedy}").format(
            remedy=unanswered(config)
        )
    else:
        remedy = _("set [mqtt] ca_file, or the port without TLS")
    return Trouble(
        _("TLS with {where} fails ({why})").format(where=where, why=_reason(error)),
        remedy,
        is_untrusted=True,
    )


def _of_certificate(error: ssl.SSLCertVerificationError, where: str) -> Trouble:
    code, said = error.verify_code, error.verify_message
    today = utc_now()[:10]  # by the day, or it would be a new problem every second
    clock = _("is this machine's clock right (timedatectl)?")
    if code == _EXPIRED:
        what = _("has expired, by this machine's clock, which shows {today}").format(today=today)
        remedy = _(
            "{clock} If it is, renew the certificate of the broker, or of its CA: {renewal}"
        ).format(clock=clock, renewal=_(RENEWAL))
    elif code == _NOT_YET:
        what = _("is not valid yet, by this machine's clock, which shows {today}").format(
            today=today
        )
        remedy = _("{clock} It may be behind: sudo timedatectl set-ntp true").format(clock=clock)
    elif code in _WRONG_NAME:
        what = _("is for another name ({said})").format(said=said)
        remedy = _(
            "[mqtt] host has to be a name in it: openssl s_client -connect {where} "
            "</dev/null | openssl x509 -noout -ext subjectAltName"
        ).format(where=where)
    else:
        what = _("is not one of the CA in [mqtt] ca_file ({said})").format(said=said)
        remedy = _("[mqtt] ca_file has to be the CA that signed the broker's certificate")
    return Trouble(
        _("the certificate of {where} {what}").format(where=where, what=what),
        remedy,
        is_untrusted=True,
    )


def _reason(why: object) -> str:
    """An exception without its number, or a word as it is."""
    if isinstance(why, ssl.SSLError):
        return why.reason or str(why)
    return (why.strerror if isinstance(why, OSError) else None) or str(why)
