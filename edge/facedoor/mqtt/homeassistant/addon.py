"""Home Assistant's Mosquitto app, formerly an add-on, as the broker: what to click, and its ACL.

The app writes mosquitto's configuration itself. It takes users with passwords, an ACL file in
the folder ``share``, and one certificate; not whether a door may come with a certificate of its own
instead of a password. Home Assistant comes as ``homeassistant``, its other apps as ``addons``,
and both need everything.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from facedoor.mqtt.broker import access_rules, acl_file, door_user

HOST = "homeassistant.local"
PORT = 1883
TLS_PORT = 8883

_OWN_USERS = ("homeassistant", "addons")
CONSOLE = "console"
"""The user as which the page and whoever sends commands come."""

_PASSWORD_BYTES = 18


def addon_access(doors: Iterable[str], site: str | None) -> str:
    """The ACL file for the app. Arguments and errors as of :func:`access_rules`."""
    rules = access_rules(doors, site)
    del rules["home-assistant"]
    rules.update({user: ["topic readwrite #"] for user in _OWN_USERS})
    return acl_file(rules)


def addon_passwords(doors: Iterable[str]) -> dict[str, str]:
    """A new password for each user whom a door and its page need."""
    users = (*map(door_user, doors), CONSOLE)
    return {user: secrets.token_urlsafe(_PASSWORD_BYTES) for user in users}


def logins(passwords: dict[str, str], indent: str) -> str:
    """The app's option of that name, as it is written in YAML."""
    lines = ["logins:"]
    for user, password in passwords.items():
        lines += [f"  - username: {user}", f'    password: "{password}"']
    return "\n".join(f"{indent}{line}" for line in lines)


def addon_steps(passwords: dict[str, str], host: str, acl_command: str) -> str:
    """How to set the app up for these users; ``acl_command`` prints its ACL."""
    doors = "\n".join(
        f"   {user}: {password}" for user, password in passwords.items() if user != CONSOLE
    )
    first = next(iter(passwords))
    return f"""\
Home Assistant's Mosquitto as the broker, with user and password. The passwords
were made for this answer and are kept nowhere.

1. In Home Assistant: Settings, Apps (formerly Add-ons), Mosquitto broker,
   Configuration; in the menu at its top right "Edit in YAML". Beside what is
   there:

{logins(passwords, indent="   ")}
   customize:
     active: true
     folder: mosquitto

2. Who may say what. In Home Assistant's folder `share` (Samba share, or
   Terminal & SSH) make the folder `mosquitto`, and in it two files: `acl.conf`,
   with the one line

   acl_file /share/mosquitto/accesscontrollist

   and `accesscontrollist`, with what this prints; users of your own need rules
   there, too:

   {acl_command}

3. Restart the app. Its log shows each user that comes.

4. On the door: the password of its user, in one line, ended with Ctrl-D,

   sudo install -m 600 /dev/stdin /etc/facedoor/credentials/mqtt-password

{doors}

   and in /etc/facedoor/facedoor.toml:

   [mqtt]
   host = "{host}"
   port = {PORT}
   username = "{first}"

   then `sudo systemctl restart facedoor` and `sudo facedoor check`.
   The dashboard is the user {CONSOLE}, and so is who sends commands: --host,
   --username and --password-file of `facedoor send`.

What this keeps out: who has no password; and with the ACL, other devices and
users of Home Assistant, who without it could say everything, and press the
door's buttons, too.

What it does not keep out: Home Assistant itself and its other apps, which may
say everything: with [mqtt] home_assistant_control whoever can act there can open
the door. And at port {PORT} whoever listens in your network reads the password,
names and pictures. Against that, encrypt:

   facedoor broker-config --make-certificates DIR --host {host}

   Copy broker.pem and broker.key from DIR into Home Assistant's folder `ssl`, as
   facedoor.pem and facedoor.key; set `certfile: facedoor.pem` and
   `keyfile: facedoor.key` in step 1, and on the door port = {TLS_PORT} and ca_file,
   the file ca.pem of DIR. Once nothing else uses them, take the ports 1883 and
   1884 away under Network. Doors keep their passwords: the app cannot have users
   with a password beside those with a certificate alone.

Signed commands, and what the door signs, are safe in either case.
"""
