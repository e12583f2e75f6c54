"""Some editors put a byte order mark in front of what they save as UTF-8; nobody sees it there."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker import issue, make_ca
from facedoor.camera.simulated import read_script
from facedoor.cli.rules import read_document
from facedoor.commands.known_doors import KnownDoors, known_door_line
from facedoor.config.file import load
from facedoor.config.options import MqttConfig
from facedoor.mqtt.client import Clients
from facedoor.mqtt.version import Version
from facedoor.setup.configuration import Configuration
from facedoor.storage.key_file import make_key, read_private_key
from facedoor.wire import signing
from facedoor.wire.topics import Topics
from facedoor_convert.packs import recipe
from vaults import DOOR_KEY

MARK = b"\xef\xbb\xbf"
WORDS = "open sesame"
MODELS = Path(__file__).parents[3] / "models"


def marked(path: Path, data: bytes = b"") -> Path:
    """``path`` with the mark in front of ``data``, or of what it has."""
    path.touch(mode=0o600)
    path.write_bytes(MARK + (data or path.read_bytes()))
    return path


def test_configuration_is_read_and_changed(tmp_path: Path) -> None:
    file = marked(tmp_path / "facedoor.toml", b"[door]\npin = 4\n")
    assert load(file).door.pin == 4
    Configuration(file).set("door", pin=5)
    assert file.read_bytes() == b"[door]\npin = 5\n"


def test_rules_scripts_and_recipes_are_read(tmp_path: Path) -> None:
    assert read_document(marked(tmp_path / "rules", b"time_zone")) == "time_zone"
    script = marked(tmp_path / "script", b'[[visitor]]\nname = "Ada"\n')
    assert read_script(script).visitors
    facenet = (MODELS / "facenet.toml").read_bytes()
    assert recipe.load(marked(tmp_path / "facenet.toml", facenet)).threshold


def test_password_is_without_it(tmp_path: Path) -> None:
    config = MqttConfig(
        host="broker",
        username="door",
        password_file=str(marked(tmp_path / "password", f"{WORDS}\n".encode())),
    )
    client = Clients(config, Topics("front")).make(Version.MQTTv5, b"offline")
    assert client.password == WORDS


def test_keys_are_read(tmp_path: Path) -> None:
    make_key(tmp_path / "seal")
    assert len(read_private_key(marked(tmp_path / "seal"))) == 32
    key = Ed25519PrivateKey.generate()
    signing.write_private_key(tmp_path / "sign", key)
    read = signing.read_private_key(marked(tmp_path / "sign"))
    assert read.private_bytes_raw() == key.private_bytes_raw()


def test_certificates_are_read(tmp_path: Path) -> None:
    make_ca(tmp_path)
    issue(tmp_path, "door")
    config = MqttConfig(
        host="broker",
        ca_file=str(marked(tmp_path / "ca.pem")),
        cert_file=str(marked(tmp_path / "door.pem")),
        key_file=str(marked(tmp_path / "door.key")),
    )
    Clients(config, Topics("front")).make(Version.MQTTv5, b"offline")


def test_door_that_is_known_stays_known(tmp_path: Path) -> None:
    """Whoever answers for one that is not known would be believed."""
    door = DOOR_KEY.identity
    file = marked(tmp_path / "doors", known_door_line("front", door).encode())
    known = KnownDoors(file).find("front", "broker:1883")
    assert known is not None
    assert known.identity == door
