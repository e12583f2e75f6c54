"""The whole configuration: frozen dataclasses, each option and its default documented once.

:mod:`facedoor.config.file` reads it from TOML. The text behind each option is the reference in
docs/configuration.md (:mod:`facedoor.config.reference`). Secrets never stand here: only the paths
of their files. What cannot be true at once: :mod:`facedoor.config.combinations`.
"""

from __future__ import annotations

import functools
import os
import typing
from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeAlias

from facedoor.config.dashboard import require_address, require_origin
from facedoor.config.names import require_word
from facedoor.config.option import option

Rotation: TypeAlias = Literal[0, 90, 180, 270]
_ROTATIONS: tuple[Rotation, ...] = (0, 90, 180, 270)

DEFAULT_FILE = Path("/etc/facedoor/facedoor.toml")


@dataclass(frozen=True, slots=True)
class DoorConfig:
    """The door and the relay that opens it."""

    name: str = option(
        "front", "the door's name: one word, part of every MQTT topic", form=require_word
    )
    relay: Literal["gpio", "simulated"] = option(
        "gpio", "`gpio` drives a pin through gpiozero; `simulated` only records the level"
    )
    pin: int = option(17, "BCM number of the pin that drives the relay", 0, 27)
    active_high: bool = option(
        True, "false for a relay board that energises when its input is pulled low"
    )
    pulse_s: float = option(3.0, "how long the door is released for each visitor", 0.1, 30.0)
    lock: Literal["strike", "magnet_nc", "magnet_no", "motor"] = option(
        "strike",
        "`strike`: locked without a current; `magnet_nc` and `magnet_no`: a magnet on the relay's "
        "normally closed or normally open contact; `motor`: a motor bolt",
    )
    lock_pin: int | None = option(
        None, "`motor`: the pin of the relay that drives the bolt out; `pin` drives it in", 0, 27
    )
    motor_s: float = option(5.0, "`motor`: how long the bolt may take for its way", 0.5, 30.0)
    bolt_pin: int | None = option(
        None, "`motor`: the pin of the switch that tells that the bolt is out", 0, 27
    )
    bolt_out: Literal["low", "high"] = option("low", "level of `bolt_pin` when the bolt is out")
    contact_pin: int | None = option(None, "the pin of the door contact; unset: none", 0, 27)
    contact_closed: Literal["low", "high"] = option(
        "low",
        "level of `contact_pin` when the door is closed: `low` for a contact that is then a closed "
        "circuit to ground, so that a cut wire is an open door; `high` for one that is then open",
    )
    held_open_s: float = option(
        30.0,
        "how long the door may stand open before it is warned of; twice as long is an alarm",
        5.0,
        3600.0,
    )
    exit_pin: int | None = option(None, "the pin of the exit button; unset: none", 0, 27)
    exit_pressed: Literal["low", "high"] = option("low", "level of `exit_pin` when it is pressed")
    tamper_pin: int | None = option(None, "the pin of the tamper switch; unset: none", 0, 27)
    tamper_alarm: Literal["low", "high"] = option(
        "high", "level of `tamper_pin` when somebody tampers; `high`: also when its wire is cut"
    )
    bell_pin: int | None = option(None, "the pin of the bell's button; unset: none", 0, 27)
    bell_pressed: Literal["low", "high"] = option("low", "level of `bell_pin` when it is pressed")
    led_pin: int | None = option(None, "the pin of an LED that tells visitors why", 0, 27)
    led_active_high: bool = option(True, "false for LEDs that light when their pin is low")
    left_led_pin: int | None = option(
        None,
        "the pin of an LED that asks visitors to turn the head to their left; set both or none",
        0,
        27,
    )
    right_led_pin: int | None = option(None, "the same for their right", 0, 27)
    buzzer_pin: int | None = option(None, "the pin of a buzzer that tells them too", 0, 27)
    buzzer_active_high: bool = option(True, "false for a buzzer that sounds when its pin is low")
    lamp_pin: int | None = option(
        None, "the pin of a lamp, white or infrared, that lights whoever comes in the dark", 0, 27
    )
    lamp_active_high: bool = option(True, "false for a lamp that lights when its pin is low")


@dataclass(frozen=True, slots=True)
class CameraConfig:
    """Where frames come from, and in which sizes."""

    source: str = option(
        "picamera2",
        "`picamera2`, `usb:0`, `usb:/dev/v4l/by-id/...`, `rtsp://...`, `file:CLIP`, `folder:PATH` "
        "or `sim:SCRIPT`",
    )
    width_px: int = option(1280, "width of the main stream, from which faces are cut", 320, 4608)
    height_px: int = option(960, "height of the main stream", 240, 2592)
    lores_width_px: int = option(
        640, "width of the small stream, in which faces are looked for", 160, 1280
    )
    fps: float = option(15.0, "frames a second asked of the camera", 1.0, 60.0)
    rotate: Literal[0, 90, 180, 270] = option(
        0,
        "degrees by which each picture is turned clockwise: 180 for a camera that is mounted "
        "upside down; width and height are those before that",
    )

    def rotate_further(self, degrees: int) -> Rotation:
        """The `rotate` that turns pictures by ``degrees``, a multiple of 90, more than this one."""
        return _ROTATIONS[(_ROTATIONS.index(self.rotate) + degrees // 90) % 4]


OPEN_AT_SHARE = 110 / 1280
"""Of a picture's width: through a lens of 66 degrees a face takes a tenth of it at 1 m."""


@dataclass(frozen=True, slots=True)
class RecognitionConfig:
    """When two faces are one person."""

    false_match_rate: float = option(
        1e-5,
        "chance that a stranger who comes to the door is taken for somebody enrolled",
        1e-9,
        0.1,
    )
    threshold: float | None = option(
        None,
        "largest plain L2 distance that is one person, whatever the risk; unset: the distance "
        "that `false_match_rate` stands for",
        0.1,
        2.0,
    )
    runner_up_margin: float = option(
        0.05, "a second person this near behind the first makes the answer ambiguous", 0.0, 1.0
    )
    frames: int = option(3, "frames of one face that have to agree before the door opens", 2, 10)
    open_at_px: int | None = option(
        None,
        "how wide a face has to be in the main stream for the door to open for it; unset: 110 in "
        "1280, about 1.2 m away with Camera Module 3, and as much of any other width",
        40,
        2000,
    )

    def opens_at_px(self, width_px: int) -> float:
        """How wide a face has to be in a frame of this width to be judged."""
        return OPEN_AT_SHARE * width_px if self.open_at_px is None else float(self.open_at_px)


@dataclass(frozen=True, slots=True)
class LivenessConfig:
    """What a face has to show beside who it is."""

    mode: Literal["off", "passive", "challenge_if_unsure", "challenge_always"] = option(
        "challenge_if_unsure",
        "`passive`: whoever is not surely alive is refused; `challenge_if_unsure`: they are asked "
        "to turn the head, where the door can ask; `challenge_always`: everybody is; `off`: a "
        "photo of an enrolled person opens the door",
    )


@dataclass(frozen=True, slots=True)
class MqttConfig:
    """The broker that events go to; without a host the door works on its own."""

    host: str = option("", "the broker's name or address; empty: no MQTT")
    port: int = option(1883, "the broker's port", 1, 65535)
    username: str = option("", "user name at the broker; empty: anonymous")
    password_file: str = option(
        "", "file with the password, mode 0600; unset: the credential `mqtt-password` of systemd"
    )
    ca_file: str = option("", "CA certificate in PEM form; set: the connection uses TLS")
    cert_file: str = option("", "the door's own certificate in PEM form, for a broker that asks")
    key_file: str = option(
        "", "private key of `cert_file`, mode 0600; unset: the credential `mqtt-key` of systemd"
    )
    transport: Literal["tcp", "websockets"] = option(
        "tcp", "`websockets` where only web traffic gets through"
    )
    ws_path: str = option("/mqtt", "path of the broker's WebSockets")
    publish_names: bool = option(False, "true: the message `people` names everybody enrolled")
    publish_image: bool = option(
        False, "true: the picture of each decision is published, for whoever may read the topic"
    )
    home_assistant_control: bool = option(
        False,
        "true: Home Assistant may release the door and switch faces off, by messages without a "
        "signature, so the broker has to say who may send them",
    )


@dataclass(frozen=True, slots=True)
class StorageConfig:
    """Where people, templates and the journal are kept."""

    directory: str = option(
        "", "state directory; unset: `$STATE_DIRECTORY`, else `$XDG_STATE_HOME/facedoor`"
    )
    key_file: str = option(
        "",
        "file with the key that seals names and templates, mode 0600; unset: `facedoor.key` in "
        "the state directory; the credential `facedoor-key` of systemd goes first",
    )
    keep_days: int = option(
        365, "how long the journal keeps an entry, also one that no broker has heard of", 1, 3650
    )
    max_mb: int = option(
        500,
        "largest size of the state file; beyond it refusals and other entries of little weight are "
        "removed after a day, never those about a door that was opened, an alarm or a change",
        1,
        100_000,
    )
    keep_pictures: Literal["none", "unknown", "all"] = option(
        "none",
        "of which visits a picture of the face is kept, sealed: of `none`, of those whose person "
        "is `unknown` or was not seen to be alive, or of `all`",
    )
    keep_enrolment_pictures: bool = option(
        False,
        "true: with each template the picture of the face is kept, sealed, so that another network "
        "needs no new photos",
    )
    picture_days: int = option(7, "how long a picture of a visit is kept", 1, 365)
    pictures_mb: int = option(
        50, "what all pictures may take beside `max_mb`; the oldest give way", 1, 10_000
    )


@dataclass(frozen=True, slots=True)
class ModelsConfig:
    """The models that the door runs."""

    pack: str = option("", "folder of the pack; unset: `pack` in the state directory")
    second: str = option(
        "",
        "folder of a second pack, whose network is asked too where the first has not settled it: "
        "fewer residents are refused at the same risk; empty: none",
    )
    threads: int = option(1, "processor threads for each model", 1, 4)


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """The other doors that the same people may open."""

    name: str = option(
        "", "the site's name: one word, part of MQTT topics; empty: no site", form=require_word
    )
    key_file: str = option(
        "",
        "file with the key that the doors of the site share, mode 0600; unset: the credential "
        "`site-key` of systemd",
    )
    max_stale_s: float = option(
        3600.0,
        "how old the door's knowledge of the site may be: somebody removed elsewhere could still "
        "come in for so long while the network is cut",
        10.0,
        604_800.0,
    )
    when_stale: Literal["refuse", "open"] = option(
        "refuse",
        "`refuse`: the door opens for no face while its knowledge is older, or it has had none "
        "since it started; `open`: it goes on with what it knew",
    )


@dataclass(frozen=True, slots=True)
class RulesConfig:
    """The devices of the second factor. The rules themselves are set with `facedoor rules`."""

    keypad: str = option(
        "",
        "input device of the keypad on which codes are typed, best one of `/dev/input/by-id/`; "
        "empty: none",
    )
    button_pin: int | None = option(
        None, "BCM number of the pin of the second factor's button, to ground; unset: none", 0, 27
    )


@dataclass(frozen=True, slots=True)
class DashboardConfig:
    """The page on which people see who came; the broker is that of ``[mqtt]``."""

    url: str = option(
        "",
        "address of the page as phones reach it, such as `https://door.lan:8443`: it stands in "
        "invitations and in Home Assistant; unset: the page is at this machine's name and `port`, "
        "and an invitation has to be told where, with `--url`",
        form=require_origin,
    )
    listen: str = option(
        "",
        "address at which the page is served; unset: every address of this machine",
        form=require_address,
    )
    port: int = option(8443, "port of the page, https", 1, 65535)
    http_port: int = option(
        0,
        "port at which plain http shows how to trust the page, or a proxy asks; 0: none",
        0,
        65535,
    )
    directory: str = option(
        "",
        "what the page remembers, and its certificates; unset: `$STATE_DIRECTORY`, else "
        "`$XDG_STATE_HOME/facedoor-dashboard`",
    )
    username: str = option("console", "user name at the broker; empty: anonymous")
    password_file: str = option(
        "",
        "file with the password, mode 0600; unset: the credential `console-password` of systemd",
    )
    cert_file: str = option(
        "", "certificate of the page's user in PEM form, for a broker that asks for one"
    )
    key_file: str = option(
        "", "private key of `cert_file`, mode 0600; unset: the credential `console-key` of systemd"
    )
    certificate: str = option(
        "",
        "a certificate of your own, with what leads to its CA, in PEM form; unset: one is made, "
        "and renewed",
    )
    private_key: str = option(
        "",
        "private key of `certificate`, mode 0600; unset: the credential `dashboard-key` of systemd",
    )
    proxy_secret_file: str = option(
        "",
        "file with the secret, mode 0600, by which the page believes the user's name that a "
        "reverse proxy adds; unset: the credential `proxy-secret` of systemd",
    )

    @property
    def origin(self) -> str:
        """The page's address without a slash at its end; empty: none is configured."""
        return self.url.rstrip("/")

    @property
    def folder(self) -> Path:
        """Where the page's state lies: configured, given by systemd, or the user's own."""
        if self.directory:
            return Path(self.directory)
        if given := os.environ.get("STATE_DIRECTORY"):
            return Path(given.split(":")[0])
        home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        return Path(home) / "facedoor-dashboard"


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that can be configured. ``Config()`` is the built-in default."""

    door: DoorConfig = DoorConfig()
    camera: CameraConfig = CameraConfig()
    recognition: RecognitionConfig = RecognitionConfig()
    liveness: LivenessConfig = LivenessConfig()
    mqtt: MqttConfig = MqttConfig()
    storage: StorageConfig = StorageConfig()
    models: ModelsConfig = ModelsConfig()
    site: SiteConfig = SiteConfig()
    rules: RulesConfig = RulesConfig()
    dashboard: DashboardConfig = DashboardConfig()

    @property
    def state_directory(self) -> Path:
        """Where state lives: configured, given by systemd, or the user's own."""
        if self.storage.directory:
            return Path(self.storage.directory)
        if given := os.environ.get("STATE_DIRECTORY"):
            return Path(given.split(":")[0])
        home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        return Path(home) / "facedoor"

    @property
    def database(self) -> Path:
        return self.state_directory / "facedoor.db"

    @property
    def key_file(self) -> Path:
        """Where the key is that seals the state file, if systemd does not hand it over."""
        if self.storage.key_file:
            return Path(self.storage.key_file)
        return self.state_directory / "facedoor.key"

    @property
    def weights_directory(self) -> Path:
        """Where packed weights are kept: :mod:`facedoor.vision.weight_cache`."""
        return self.state_directory / "weights"

    @property
    def pack_directory(self) -> Path:
        return Path(self.models.pack) if self.models.pack else self.state_directory / "pack"

    @property
    def second_pack_directory(self) -> Path | None:
        """Where the second pack is; ``None``: there is none."""
        return Path(self.models.second) if self.models.second else None


@functools.cache
def sections() -> Mapping[str, Any]:
    """The dataclass of each section, by its name."""
    return typing.get_type_hints(Config)


@functools.cache
def kinds() -> Mapping[tuple[str, str], Any]:
    """The type of each option, by section and key."""
    return {
        (section, key): hint
        for section, kind in sections().items()
        for key, hint in typing.get_type_hints(kind).items()
    }


@functools.cache
def known() -> Mapping[tuple[str, str], Field[Any]]:
    """The field of each option, by section and key."""
    return {
        (section, item.name): item for section, kind in sections().items() for item in fields(kind)
    }
