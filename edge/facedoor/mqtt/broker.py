"""Brokers for doors: a configuration for mosquitto, and a broker in this process.

With mosquitto each door is a user of its own, ``door-<name>``; people and programs are one of
:data:`USERS`. A door says only what is its own and hears only what is meant for it, so that one
that was stolen speaks for no other.

The broker in this process is for a machine that serves itself: a demo, or one door and its screen.
It listens on the loopback address only and asks nobody for a password. It keeps nothing when it
ends: the door tells what is retained again, and events that nobody took wait in the journal.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import shlex
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from facedoor.errors import BusError, UsageError
from facedoor.languages import _
from facedoor.wire.topics import Topics, is_word, roster

HOST = "127.0.0.1"
START_S = 10.0
STOP_S = 2.0
"""How long the broker may take to listen, and to say goodbye to its clients."""

USERS = ("console", "dashboard", "enroller", "home-assistant")

MESSAGE_LIMIT_BYTES = 2 * 1024 * 1024
"""More than a command may have, so that the door can still answer one that is somewhat too large;
what is absurd never reaches it."""

QUEUE_LIMIT = 10_000
"""So many messages the broker keeps for a listener that is away."""


def configuration(
    folder: Path, port: int, doors: Iterable[str], known_door: str | None = None
) -> str:
    """The configuration file; certificates, passwords and ACL are to lie in ``folder``.

    ``port`` is for users with a password, the next for doors with a certificate, and the one after
    that for WebSockets. ``known_door`` is the line by which senders know one of the doors.
    """
    pinned = (
        f"# Whoever sends commands knows this door by a line in ~/.config/facedoor/known_doors:\n"
        f"#   {known_door}\n#\n"
        if known_door
        else ""
    )
    passwords = folder / "passwords"
    commands = "\n".join(f"#   mosquitto_passwd {passwords} {user}" for user in _users(doors))
    tls = f"certfile {folder / 'broker.pem'}\nkeyfile {folder / 'broker.key'}"
    return f"""\
# mosquitto for facedoor. On Debian this is /etc/mosquitto/conf.d/facedoor.conf: the configuration
# above it turns persistence on, so that what is kept for others outlasts a restart.
#
{pinned}# Its certificates are made by
#   facedoor broker-config --make-certificates {shlex.quote(str(folder))}
# {folder / "acl"} is what `facedoor broker-config --acl` prints. Give each user that you
# have a password, with -c for the first; mosquitto is not root when it reads them:
{commands}
#   chown mosquitto: {passwords} {folder / "acl"}

allow_anonymous false
password_file {passwords}
acl_file {folder / "acl"}
message_size_limit {MESSAGE_LIMIT_BYTES}
max_queued_messages {QUEUE_LIMIT}
# Else an answer to a command waits 40 ms at the broker, and so does the command.
set_tcp_nodelay true

# With a user and a password.
listener {port}
{tls}

# For doors with a certificate of this CA. Its common name is the user; there is no password.
listener {port + 1}
cafile {folder / "ca.pem"}
{tls}
require_certificate true
use_identity_as_username true

# With a user and a password, over WebSockets.
listener {port + 2}
protocol websockets
{tls}
"""


def access(doors: Iterable[str], site: str | None) -> str:
    """The ACL file; arguments and errors as of :func:`access_rules`."""
    return acl_file(access_rules(doors, site))


def acl_file(rules: Mapping[str, Iterable[str]]) -> str:
    """The file by which mosquitto obeys these rules of each user."""
    return "\n\n".join("\n".join((f"user {user}", *rules[user])) for user in rules) + "\n"


def access_rules(doors: Iterable[str], site: str | None) -> dict[str, list[str]]:
    """What each user may say and hear. ``site`` names the roster that the doors share, if they do.

    Raises :class:`UsageError` for a site, :class:`ConfigError` for a door that no topic can name.
    """
    if site is not None and not is_word(site):
        raise UsageError(
            _("--site is {site!r}: write one word of letters a to z, digits, - and _").format(
                site=site
            )
        )
    branches = [Topics(door) for door in doors]
    rules = {door_user(topics.door): _door_rules(topics, site) for topics in branches}
    told = [rule for topics in branches for rule in _told(topics)]
    asking = [
        *_rules("write", [topics.command for topics in branches]),
        *_rules("read", [topics.result("+") for topics in branches]),
    ]
    rules["console"] = [*asking, *_rules("read", told)]
    rules["dashboard"] = _rules("read", told)
    rules["enroller"] = [
        *asking,
        *_rules("read", [topics.status for topics in branches]),
    ]
    rules["home-assistant"] = [
        *_rules("read", [*told, "homeassistant/#"]),
        *_rules("write", ["homeassistant/status"]),
        *_rules("write", [topics.home_assistant_set("+") for topics in branches]),
    ]
    return rules


def _door_rules(topics: Topics, site: str | None) -> list[str]:
    config = f"homeassistant/device/facedoor-{topics.door}/config"
    return [
        # With MQTT 3.1.1 only a door that hears its own event knows that it has arrived, and by its
        # status it knows that no other door has its name.
        *_rules("readwrite", [topics.status, topics.event]),
        *_rules("write", [topics.state, topics.prompt, topics.telemetry]),
        *_rules("write", [topics.people, topics.image, topics.picture]),
        *_rules("write", [topics.result("+"), config]),
        *_rules("read", [topics.command, topics.home_assistant_set("+"), "homeassistant/status"]),
        *_rules("readwrite", [roster(site, "+"), topics.sync] if site else []),
    ]


def _told(topics: Topics) -> list[str]:
    """What a door says to everybody who may listen."""
    return [
        topics.status,
        topics.state,
        topics.event,
        topics.prompt,
        topics.telemetry,
        topics.people,
        topics.image,
        topics.picture,
    ]


def _rules(verb: str, filters: Iterable[str]) -> list[str]:
    return [f"topic {verb} {topic_filter}" for topic_filter in filters]


def door_user(door: str) -> str:
    """Who a door is at the broker. Raises :class:`ConfigError` as :class:`Topics`."""
    return f"door-{Topics(door).door}"


def _users(doors: Iterable[str]) -> list[str]:
    return [*map(door_user, doors), *USERS]


@contextlib.contextmanager
def embedded_broker(port: int) -> Iterator[None]:
    """Run a broker on ``port``, which may be used as soon as the block begins.

    Raises :class:`BusError` if the port is taken or amqtt, the extra ``broker``, is not installed.
    """
    try:
        from amqtt.broker import Broker
    except ImportError as error:
        raise BusError(
            _("there is no broker to embed ({error}): pip install 'facedoor[broker]'").format(
                error=error
            )
        ) from error
    for name in ("amqtt", "transitions"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is raised, not logged
    outcome: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        broker = Broker(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"{HOST}:{port}"}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {}},
            }
        )
        try:
            await broker.start()
        except Exception as error:
            outcome.put(error)
            return
        outcome.put(None)
        await stop.wait()
        await broker.shutdown()

    thread = threading.Thread(
        target=loop.run_until_complete, args=(serve(),), name="facedoor-broker", daemon=True
    )
    thread.start()
    try:
        _require_begun(outcome, port)
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(STOP_S)


def _require_begun(outcome: queue.SimpleQueue[Exception | None], port: int) -> None:
    try:
        failure = outcome.get(timeout=START_S)
    except queue.Empty as error:
        raise BusError(
            _(
                "the broker at {host}:{port} has not begun to listen within {seconds:.0f} s: "
                "see what keeps this machine busy, and try again"
            ).format(host=HOST, port=port, seconds=START_S)
        ) from error
    if failure is not None:
        raise BusError(
            _(
                "no broker can listen at {host}:{port} ({cause}): choose another [mqtt] port, "
                "or end what listens there"
            ).format(host=HOST, port=port, cause=failure.__cause__ or failure)
        ) from failure
