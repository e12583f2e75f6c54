"""What is wrong with a configuration is told all at once, each with its line and what is meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from door_kit import Door
from facedoor.config.file import load, load_to_open, parse
from facedoor.config.template import options
from facedoor.errors import ConfigError
from facedoor.languages import spoken

FILE = Path("/home/ada/door.toml")


def told(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, FILE)
    return [sentence.removeprefix(f"{FILE}, ") for sentence in caught.value.sentences]


UNIT = "without a unit: the unit stands in the key's name"


def test_every_mistake_is_told_in_the_order_of_the_lines() -> None:
    text = (
        "[door]\nname = front\npin = 17\ncontact_pin = 17\npulse_s = '3s'\nlock_pn = 4\n"
        'lock = "motor"\nbolt_pin = 22\n[camra]\nrotate = 45\n[mqtt]\nport = 0\nname = "x"\n'
    )
    assert told(text) == [
        'line 2: [door] name is text without quotes: put it in quotes, as name = "front"',
        "lines 3 and 4: [door] pin and [door] contact_pin are both 17: give each a pin of its own",
        f"line 5: [door] pulse_s is '3s'; it has to be a number, {UNIT}",
        "line 6: [door] lock_pn does not exist; did you mean lock_pin?",
        "line 9: there is no section [camra]; did you mean camera?",
        "line 10: [camera] rotate is 45; it can be 0 or 90 or 180 or 270",
        "line 12: [mqtt] port is 0; it has to be between 1 and 65535",
        "line 13: [mqtt] name does not exist; it is a key of [door] or [site]",
    ]


@pytest.mark.parametrize(
    ("name", "word"), [("front door", "front-door"), ("Haustür", "Haustur"), ("a/+", "a")]
)
def test_name_that_no_topic_can_have_is_refused_at_once_with_one_that_can(
    name: str, word: str
) -> None:
    (only,) = told(f'[door]\nname = "{name}"\n')
    assert only.startswith(f"line 2: [door] name is '{name}'; it is part of MQTT topics, so write")
    assert only.endswith(f'such as "{word}"')
    assert parse(f'[door]\nname = "{word}"\n[site]\nname = ""\n', FILE).door.name == word
    assert "write one word" in told('[door]\nname = ""\n')[0]


SAID: list[tuple[str, str, str]] = [
    ("source = usb:0", "put it in quotes", 'source = "usb:0"'),
    ("source = /dev/x # mine", "put it in quotes", 'source = "/dev/x"'),
    ('source = "usb:0', "a quote that is not closed", 'source = "usb:0"'),
    ("source = usb:0'", "a quote that is not closed", 'source = "usb:0"'),
    ("source = 'usb:0\"", "a quote that is not closed", 'source = "usb:0"'),
    ("source = \u201cusb:0\u201d", "has curly quotes", 'source = "usb:0"'),
    ("source = \u201eusb:0\u201c", "has curly quotes", 'source = "usb:0"'),
    ('source = "file:C:\\clips\\x"', "write / in its place", "source = 'file:C:\\clips\\x'"),
    ('source "usb:0"', "has nothing where = has to be", 'source = "usb:0"'),
    ('source: "usb:0"', "has : where = has to be", 'source = "usb:0"'),
    ("source", "has no value", ""),
    ("source =", "has no value", ""),
    ("source = # mine", "has no value", ""),
    ("source = [", "is a list or table, and it has to be text in quotes", ""),
    ("fps = 12,5", "the decimals stand behind a point", "fps = 12.5"),
    ("fps = 15fps", "write the number alone", "fps = 15"),
    ("fps = fast", "it has to be a number", ""),
    ("fps = none", "take the line out", ""),
    ("width_px = 01280", "it has to be a whole number", "width_px = 1280"),
    ("width_px = 1280;", "a remark begins with #", "width_px = 1280"),
    ("width_px = 1280 // wide", "a remark begins with #", "width_px = 1280"),
    ("\u00a0fps = 15", "looks like a blank and is none (U+00A0)", ""),
    ("fps\u2009= 15", "looks like a blank and is none (U+2009)", ""),
    ("; mine", "a remark begins with #", ""),
    ("// mine", "a remark begins with #", ""),
    ("colour = red", "[camera] colour does not exist", ""),
    ("fsp = 15,5", "[camera] fsp does not exist; did you mean fps?", ""),
]


@pytest.mark.parametrize(("line", "says", "instead"), SAID)
def test_line_that_is_no_toml_is_told_with_what_to_write(
    line: str, says: str, instead: str
) -> None:
    (only,) = told(f"[camera]\nrotate = 90\n{line}\n")
    assert only.startswith("line 3: ")
    assert says in only
    if instead:
        assert only.endswith(f", as {instead}")
        parse(f"[camera]\nrotate = 90\n{instead}\n", FILE)


def test_true_and_false_are_told_as_toml_writes_them() -> None:
    for said, means in {"True": "true", "FALSE": "false", "yes": "true", "off": "false"}.items():
        (only,) = told(f"[door]\nactive_high = {said}\n")
        assert only.endswith(
            f"it has to be true or false, in small letters, as active_high = {means}"
        )
    (only,) = told("[door]\nlock = Magnet_NC\n")
    assert only.endswith('put it in quotes, as lock = "magnet_nc"')
    with spoken("de"):
        (only,) = told("[door]\nlock = Magnet_NC\n")
    assert only.endswith('in Anführungszeichen setzen, wie lock = "magnet_nc"')


MERGE = "write its keys below the first, and take this line out"


def test_what_is_there_twice_is_told_with_where_it_was_first() -> None:
    assert told("[door]\npin = 4\n[mqtt]\nport = 0\n[door]\npin = 4\nexit_pin = 99\n") == [
        "line 4: [mqtt] port is 0; it has to be between 1 and 65535",
        f"line 5: there is a second [door], the first is in line 1: {MERGE}",
        "line 6: [door] pin is there twice, first in line 2: take one of the two out",
        "line 7: [door] exit_pin is 99; it has to be between 0 and 27",
    ]


def test_section_that_is_misspelt_in_its_brackets_keeps_its_keys() -> None:
    for header, says in {
        "[mqtt": "[mqtt is no section: write [mqtt]",
        "mqtt]": "write [mqtt]",
        "mqtt:": "mqtt is a section: write [mqtt]",
        "[mqtt] port = 1883": "[mqtt] has to stand on a line of its own",
    }.items():
        first, second = told(f"[door]\npin = 4\n{header}\nport = 0\n")
        assert first.startswith("line 3: ")
        assert says in first
        assert second == "line 4: [mqtt] port is 0; it has to be between 1 and 65535"


def test_windows_line_ends_and_tabs_are_no_mistake() -> None:
    door = parse("[door]\r\n\tpin\t=\t4\r\nname = 'x'\r\n", FILE).door
    assert (door.pin, door.name) == (4, "x")
    assert told("[door]\r\npin = 4\r\nname = x\r\n")[0].startswith("line 3: [door] name")


def test_what_nobody_asked_for_is_not_quoted() -> None:
    """It may be a secret, and the list goes into the log."""
    for text in (
        "[mqtt]\npassword = hunter2",
        "[mqtt]\npassword = 'hunter2'",
        "password = hunter2",
    ):
        assert "hunter2" not in "".join(told(text)), text


def test_combination_is_told_only_where_all_of_it_can_be_judged() -> None:
    motor = '[door]\nlock = "motor"\nlock_pin = 27\nbolt_pin = 22\n'
    for text in (
        motor.replace("motor", "moter"),
        motor.replace('"motor"', "motor"),
        motor.replace("lock_pin", "lock_pn"),
        motor.replace("27", "twenty"),
        "[door]\npin = 'x'\nexit_pin = 17\n",
    ):
        assert len(told(text)) == 1, text


def test_of_many_mistakes_the_first_twenty_are_told() -> None:
    sentences = told("[door]\n" + "".join(f"x{number} = 1\n" for number in range(40)))
    assert (len(sentences), sentences[19][:8]) == (21, "line 21:")
    assert sentences[20] == f"{FILE}: there are 20 more: mend these first"


def _valid() -> list[str]:
    """A file with every option that can stand beside the others, set to its default or a value."""
    lines, section = [], ""
    for option in options():
        if option.section != section:
            section = option.section
            lines.append(f"[{section}]")
        if option.default and option.default != '""':
            lines.append(f"{option.name} = {option.default}")
    return lines


VALID = _valid()
KEYS = [number for number, line in enumerate(VALID) if "=" in line]


def damages(line: str) -> dict[str, str]:
    """One line, damaged in each of the ways in which people do it."""
    key, value = line.split(" = ")
    bare = value.strip('"')
    found = {
        "key misspelt": f"{key[1:]}{key[0]}x = {value}",
        "letter left out": f"{key[:-1]} = {value}",
        "no =": f"{key} {value}",
        "colon": f"{key}: {value}",
        "no value": f"{key} =",
        "twice": f"{line}\n{line}",
        "curly quotes": f"{key} = \u201c{bare}\u201d",
        "quotes the other way": f"{key} = {bare}" if bare != value else f'{key} = "{value}"',
        "quote not closed": f'{key} = "{bare}',
        "list": f"{key} = [{value}]",
        "list not closed": f"{key} = [{value}",
        "table": f"{key} = {{ x = {value} }}",
        "out of range": f"{key} = -1e9",
        "comma": f"{key} = 3,5",
        "unit": f"{key} = 3 s",
        "capital": f"{key} = True",
        "backslash": f'{key} = "C:\\door"',
        "date": f"{key} = 2026-11-29",
        "text not closed": f'{key} = """{bare}',
    }
    assert all(damaged != line for damaged in found.values())
    return found


def test_file_to_damage_is_a_valid_one() -> None:
    parse("\n".join(VALID), FILE)
    assert len(KEYS) > 35


@given(st.sampled_from(KEYS), st.sampled_from(sorted(damages(VALID[KEYS[0]]))))
def test_one_damaged_line_of_a_valid_file_is_named(place: int, how: str) -> None:
    damaged = damages(VALID[place])[how]
    sentences = told("\n".join([*VALID[:place], damaged, *VALID[place + 1 :]]))
    line = place + (2 if how == "twice" else 1)
    assert sentences[0].startswith(f"line {line}: "), sentences
    assert len(sentences) == 1, sentences


def test_service_check_setup_and_every_other_command_tell_the_same_list(empty_door: Door) -> None:
    text = '\ufeff[door]\nname = "front door"\npin = 99\n[mqtt]\nport = x\n'
    empty_door.config.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(empty_door.config)
    expected = [f"facedoor: {sentence}" for sentence in caught.value.sentences]
    assert len(expected) == 3
    for command in (("run",), ("check",), ("setup",), ("people",), ("check", "--json")):
        answer = empty_door.ask(*command)
        assert (answer.exit_code, answer.out, answer.error.splitlines()) == (2, "", expected)


def test_all_that_is_wrong_with_mqtt_is_told_while_the_door_opens(tmp_path: Path) -> None:
    file = tmp_path / "door.toml"
    file.write_text("[door]\npin = 4\n[mqtt]\nport = 0\nhots = 'broker'\n[dashboard]\nport = 0\n")
    door, wrong = load_to_open(file)
    assert (door.door.pin, door.mqtt.port) == (4, 1883)
    assert wrong.split("; /")[0].endswith(
        "line 4: [mqtt] port is 0; it has to be between 1 and 65535"
    )
    assert "line 5: [mqtt] hots does not exist; did you mean host?" in wrong
