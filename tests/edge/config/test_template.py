from __future__ import annotations

import re
from pathlib import Path

import pytest

from facedoor.config import file as config_file
from facedoor.config.options import Config
from facedoor.config.template import options, template


def read(text: str) -> Config:
    return config_file.parse(text, Path("/etc/facedoor/facedoor.toml"))


def test_a_file_to_start_from_changes_nothing() -> None:
    assert read(template({})) == Config()


def test_every_option_stands_there_with_its_default() -> None:
    text = re.sub(r"^#(\w+ = .)", r"\1", template({}), flags=re.MULTILINE)
    assert read(text) == Config()
    for option in options():
        assert re.search(rf"^#?{option.name} =", text, flags=re.MULTILINE), option


def test_a_value_that_is_given_is_set() -> None:
    text = template({("models", "pack"): "/usr/share/facedoor/pack", ("door", "pin"): 22})
    assert read(text).models.pack == "/usr/share/facedoor/pack"
    assert read(text).door.pin == 22


def test_an_option_that_does_not_exist_is_no_value_to_give() -> None:
    with pytest.raises(KeyError):
        template({("models", "pakc"): "/usr/share/facedoor/pack"})
