from __future__ import annotations

import os
from pathlib import Path

import pytest

from facedoor.config.options import Config
from facedoor.errors import ConfigError
from facedoor.setup.configuration import Configuration

TEXT = '# ours\n[door]\nname = "front" # here\n'


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    (tmp_path / "facedoor.toml").write_text(TEXT)
    return Configuration(tmp_path / "facedoor.toml")


def test_changed_value_is_read_back(configuration: Configuration) -> None:
    configuration.set("door", name="back", pin=4)
    assert (configuration.settings().door.name, configuration.settings().door.pin) == ("back", 4)
    text = configuration.path.read_text()
    assert text == '# ours\n[door]\nname = "back" # here\npin = 4\n'


def test_file_as_it_was_before_the_first_change_is_kept(configuration: Configuration) -> None:
    configuration.set("door", name="back")
    configuration.set("door", name="side")
    assert configuration.backup == configuration.path.with_name("facedoor.toml.bak")
    assert configuration.backup.read_text() == TEXT


def test_change_to_what_it_says_already_writes_nothing(configuration: Configuration) -> None:
    before = configuration.path.stat().st_mtime_ns
    configuration.set("door", name="front")
    assert configuration.backup is None
    assert configuration.path.stat().st_mtime_ns == before


def test_value_that_cannot_be_leaves_the_file_as_it_was(configuration: Configuration) -> None:
    with pytest.raises(ConfigError, match="between 0 and 27"):
        configuration.set("door", name="back", pin=99)
    assert configuration.path.read_text() == TEXT


def test_rights_of_the_file_stay(configuration: Configuration) -> None:
    configuration.path.chmod(0o640)
    configuration.set("door", name="back")
    assert configuration.path.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
def test_owner_of_the_file_stays(configuration: Configuration) -> None:
    os.chown(configuration.path, 0, 4711)
    configuration.set("door", name="back")
    assert configuration.path.stat().st_gid == 4711


def test_nothing_else_is_left_in_the_folder(configuration: Configuration) -> None:
    configuration.set("door", name="back")
    names = {path.name for path in configuration.path.parent.iterdir()}
    assert names == {"facedoor.toml", "facedoor.toml.bak"}


def test_file_that_is_not_there_is_made(tmp_path: Path) -> None:
    configuration = Configuration(tmp_path / "etc" / "facedoor.toml")
    configuration.require_writable()
    assert configuration.settings() == Config()
    configuration.set("door", name="back")
    assert configuration.settings().door.name == "back"
    assert configuration.backup is None


def test_only_what_stands_in_the_file_is_said_by_it(configuration: Configuration) -> None:
    assert configuration.says("door", "name")
    assert not configuration.says("door", "pin")
    assert not configuration.says("mqtt", "host")


def test_unusual_layout_is_left_to_a_person(configuration: Configuration) -> None:
    configuration.path.write_text('door = { name = "front" }\n')
    with pytest.raises(ConfigError, match=r"under \[door\] by hand"):
        configuration.set("door", name="back")
