"""A secured broker, a real door, doors that are not there, and the page: all of it together."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from broker import Broker, passwords, tls, wait_until
from crowd import Crowd, are_there
from dashboard_kit import STATIC, Device, Page
from door_kit import Door, Running
from facedoor import strict
from facedoor.config.options import MqttConfig
from facedoor.mqtt.broker import access
from facedoor.wire.roles import Role, public_key_text


class SecureBroker:
    """mosquitto as `facedoor broker-config` sets it up: TLS, passwords, and its ACL.

    Beside the printed users there is ``crowd``, who may say anything, for doors that are not there.
    """

    def __init__(self, folder: Path, *doors: str) -> None:
        self.folder = folder
        users = [*(f"door-{name}" for name in doors), "console", "home-assistant", "crowd"]
        for user in users:
            file = folder / f"{user}.password"
            file.write_text(f"open {user}")
            file.chmod(0o600)
        acl = folder / "acl"
        printed = access(doors, None)
        acl.write_text(f"{printed}\nuser crowd\ntopic readwrite facedoor/#\n")
        acl.chmod(0o600)
        known = passwords(folder, {user: f"open {user}" for user in users})
        self.broker = Broker(folder, *known, f"acl_file {acl}", *tls(folder))

    def options_of(self, user: str) -> dict[str, object]:
        """Those of ``[mqtt]`` for a user."""
        return {
            "host": "127.0.0.1",
            "port": self.broker.port,
            "ca_file": str(self.folder / "ca.pem"),
            "username": user,
            "password_file": str(self.folder / f"{user}.password"),
        }

    def config_of(self, user: str) -> MqttConfig:
        return strict.read(MqttConfig, self.options_of(user))

    def page(self, static: Path = STATIC, **options: object) -> Page:
        """The page's server at this broker, not started yet; ``options`` are of ``[dashboard]``."""
        own = self.options_of("console")
        page = {"username": own.pop("username"), "password_file": own.pop("password_file")}
        return Page(self.folder / "page", own, static, {**page, **options})


def real_door(site: SecureBroker, name: str, photos: Path, state: Path | None = None) -> Door:
    """A door that is one of the site's, with a simulated relay; ``state`` is copied if given."""
    folder = site.folder / name
    folder.mkdir()
    door = Door(folder, photos)
    door.configure("door", name=name)
    door.configure("mqtt", **site.options_of(f"door-{name}"))
    if state is None:
        door.trust_clock()
    else:
        shutil.copytree(state, door.state)
    return door


@dataclass
class LiveSite:
    """A secured broker, the real door ``front``, doors that are not there, and the page."""

    broker: SecureBroker
    front: Door
    running: Running
    """The service of ``front``."""
    crowd: Crowd
    page: Page

    @property
    def pings(self) -> list[tuple[str, str]]:
        """Whom a device pings to sign in."""
        return [("front", self.identity), *self.crowd.pings]

    @property
    def identity(self) -> str:
        """That of the real door."""
        known = self.front.ask("keys", "--json").objects
        (door,) = [said["door"] for said in known if "door" in said]
        return str(door["identity"])

    def wait_for_doors(self) -> None:
        """Until the page has heard them all."""
        wait_until(lambda: are_there(self.page) > len(self.crowd.doors), "all doors are heard")

    def device(self, role: Role, name: str) -> Device:
        """A device of that name that all doors know, signed in."""
        device = Device(self.page)
        text = public_key_text(device.public_key)
        added = self.front.ask("keys", "add", name, "--role", role.value, text)
        assert added.exit_code == 0, added
        self.crowd.knows(device, role, name)
        self.wait_for_doors()
        answer = device.sign_in(*self.pings)
        assert answer.json["signed_in"], answer.json
        return device


@contextlib.contextmanager
def live_site(
    folder: Path,
    photos: Path,
    inhabited: Path,
    camera: str | None = None,
    static: Path = STATIC,
    storage: Mapping[str, object] | None = None,
) -> Iterator[LiveSite]:
    """The real door ``front``, where Jerry comes again and again, the invented ``back``, a page.

    ``camera`` is a SPEC in place of Jerry's, ``storage`` options of the door's ``[storage]``.
    It takes some seconds: share it.
    """
    site = SecureBroker(folder, "front", "back")
    with contextlib.ExitStack() as ending:
        site.broker.start()
        ending.callback(site.broker.stop)
        front = real_door(site, "front", photos, inhabited)
        front.configure("storage", **(storage or {}))
        running = front.run(camera or front.walk_up("Jerry", ""))
        ending.callback(running.stop)
        crowd = Crowd(site.config_of("crowd"), "back")
        ending.callback(crowd.close)
        page = site.page(static)
        page.start()
        ending.callback(page.stop)
        yield LiveSite(site, front, running, crowd, page)
