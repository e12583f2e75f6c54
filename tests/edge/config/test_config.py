"""The configuration file: what it can say, and how it is told what is wrong with it."""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.config import file as config_file
from facedoor.config import template
from facedoor.config.file import load, load_to_open, parse
from facedoor.config.options import Config
from facedoor.config.reference import reference
from facedoor.errors import ConfigError

CLONE = Path(__file__).parents[3]
FILE = Path("/home/ada/door.toml")


def options() -> list[tuple[str, dataclasses.Field[typing.Any]]]:
    return [
        (section, item)
        for section, kind in typing.get_type_hints(Config).items()
        for item in dataclasses.fields(kind)
    ]


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, FILE)
    return str(caught.value)


def test_empty_file_or_one_to_start_from_is_the_default_and_a_whole_number_a_number() -> None:
    assert parse("", FILE) == read(template.template({})) == Config()
    assert parse("[door]\npulse_s = 3", FILE).door.pulse_s == 3.0


def test_every_option_has_a_meaning_and_a_default_that_the_file_may_state() -> None:
    for section, item in options():
        assert item.metadata["doc"], f"[{section}] {item.name}"
        if item.default is not None:
            text = f"[{section}]\n{item.name} = {json.dumps(item.default)}\n"
            assert parse(text, FILE) == Config()


def test_numbers_have_a_range_and_their_default_is_within() -> None:
    for section, item in options():
        low, high = item.metadata["range"]
        if type(item.default) in (int, float) and "Literal" not in str(item.type):
            assert low <= item.default <= high, f"[{section}] {item.name}"


def test_page_explains_every_option_once_and_ten_of_them_first() -> None:
    page = (CLONE / "docs" / "configuration.md").read_text()
    assert page == reference(), "write what `python -m facedoor.config` prints to that file"
    first, _, rest = page.partition("## The rest")
    assert first.count("\n| `[") == 10
    for section, item in options():
        _, _, own = rest.partition(f"### [{section}]\n")
        own = own.partition("###")[0]
        rows = first.count(f"| `[{section}]` `{item.name}` |") + own.count(f"| `{item.name}` |")
        assert rows == 1, f"[{section}] {item.name}"


def test_mistake_is_told_with_its_key_and_line() -> None:
    for text, line, says in [
        ("[door]\npine = 4", 2, "[door] pine does not exist; did you mean pin?"),
        ("[door]\n\n# a remark\nrelai = 1", 4, "did you mean relay?"),
        ("[dor]\npin = 4", 1, "there is no section [dor]; did you mean door?"),
        ("pin = 4", 1, "pin stands below no section: it is a key of [door]"),
        ("door = 4", 1, "write [door] on a line of its own"),
        ("[[door]]\npin = 4", 1, "write [door] on a line of its own"),
        ('[door]\npin = "4"', 2, "pin is '4'; it has to be a whole number"),
        ("[door]\npin = 4.0", 2, "it has to be a whole number"),
        ("[door]\npin = true", 2, "it has to be a whole number"),
        ("[door]\nactive_high = 1", 2, "it has to be true or false"),
        ("[door]\nname = 7", 2, "it has to be text in quotes"),
        ("[door]\nname = 2026-11-24", 2, "it has to be text in quotes"),
        ('[door]\npulse_s = "3s"', 2, "without a unit: the unit stands in the key's name"),
        ("[door]\npulse_s = 3000", 2, "it has to be between 0.1 and 30"),
        ("[door]\npulse_s = nan", 2, "it has to be between 0.1 and 30"),
        ('[door]\nrelay = "usb"', 2, "it can be 'gpio' or 'simulated'"),
        ("[door]\nname = 'x'\n[camera]\nname = 'x'", 4, "[camera] name does not exist"),
        ("[recognition]\nthreshold = 3", 2, "it has to be between 0.1 and 2"),
        ("door.pin = 99", 1, "it has to be between 0 and 27"),
        ("\ndoor = { name = 'x', pin = 99 }", 2, "it has to be between 0 and 27"),
        ("[door]\n'pin' = 99", 2, "it has to be between 0 and 27"),
        ("[door]\nname = '''a\n'''\npin = 99", 2, "has a control character in it"),
        ("[door]\nname = '''x'''\nrelay = [\n 1,\n]", 3, "it can be 'gpio' or 'simulated'"),
        ("[storage]\ndirectory = '~nobody-of-that-name/state'", 2, "there is no such home"),
    ]:
        told = complaint(text)
        assert told.startswith(f"{FILE}, line {line}: "), text
        assert says in told, text


@pytest.mark.parametrize("digits", ["9" * 400, "9" * 5000, "0x" + "f" * 5000])
def test_number_of_many_digits_is_an_error_of_one_short_line(digits: str) -> None:
    for option in ("[door]\npin", "[door]\npulse_s", "[door]\nname"):
        assert len(complaint(f"{option} = {digits}")) < 250


def test_former_name_of_rotate_is_read_and_the_new_one_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for number, (text, means) in enumerate(
        {
            "flip = true": 180,
            "flip = false": 0,
            "flip = true\nrotate = 90": 90,
            "rotate = 0\nflip = true": 0,
        }.items()
    ):
        caplog.clear()
        file = FILE.with_name(f"{number}.toml")
        assert [parse(f"[camera]\n{text}", file).camera.rotate for _ in "ab"] == [means] * 2
        (said,) = caplog.messages
        assert f"{file}: [camera] flip is called rotate now: write rotate = {means}" in said
    assert "there is no" not in caplog.text
    assert "[camera] flip does not exist" in complaint("[camera]\nflip = 'yes'")
    assert "[camera] rotate is 45" in complaint("[camera]\nrotate = 45")


def test_relative_paths_are_taken_from_the_folder_of_the_file() -> None:
    settings = parse(
        "[storage]\ndirectory = 'state'\n[models]\npack = '/opt/pack'\n[mqtt]\nca_file = 'ca.pem'",
        FILE,
    )
    assert settings.database == Path("/home/ada/state/facedoor.db")
    assert settings.pack_directory == Path("/opt/pack")
    assert settings.mqtt.ca_file == "/home/ada/ca.pem"


def test_so_is_the_path_in_a_camera() -> None:
    for source, means in [
        ("file:clip.mp4", "file:/home/ada/clip.mp4"),
        ("sim:/etc/walk.toml", "sim:/etc/walk.toml"),
        ("usb:0", "usb:0"),
        ("rtsp://camera/1", "rtsp://camera/1"),
    ]:
        assert parse(f"[camera]\nsource = '{source}'", FILE).camera.source == means, source


def test_home_may_be_written_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    settings = parse("[models]\npack = '~/pack'", Path("/etc/facedoor/facedoor.toml"))
    assert settings.pack_directory == Path("/home/ada/pack")


def test_state_directory_is_the_configured_one_or_systemds_or_the_users(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/home/ada/.state")
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    assert Config().state_directory == Path("/home/ada/.state/facedoor")
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/facedoor:/var/lib/more")
    assert Config().state_directory == Path("/var/lib/facedoor")
    assert Config().pack_directory == Path("/var/lib/facedoor/pack")
    assert parse("[storage]\ndirectory = 's'", FILE).state_directory == Path("/home/ada/s")


def test_default_file_need_not_exist_but_a_named_one_must(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(config_file, "DEFAULT_FILE", tmp_path / "facedoor.toml")
    assert load(None) == Config()
    with pytest.raises(ConfigError, match="check the name"):
        load(tmp_path / "facedoor.toml")
    (tmp_path / "facedoor.toml").write_text("[door]\npin = 4\n")
    assert load(None).door.pin == 4


def test_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        load(tmp_path)
    (tmp_path / "latin1.toml").write_bytes("name = 'Tür'".encode("latin1"))
    with pytest.raises(ConfigError, match="save it as UTF-8"):
        load(tmp_path / "latin1.toml")


def assert_read_or_refused(text: str) -> None:
    """No other error may come out, and a mistake is told on one line."""
    sentences: tuple[str, ...] = ()
    try:
        parse(text, FILE)
    except ConfigError as error:
        sentences = error.sentences
    assert len(sentences) <= 21
    for sentence in sentences:
        assert len(sentence) < 600
        assert len(sentence.splitlines()) == 1


@given(st.text())
def test_any_text_is_read_or_refused_line_by_line(text: str) -> None:
    assert_read_or_refused(text)


sections = st.sampled_from([*typing.get_type_hints(Config), "dor", "a.b", '"x\\ny"'])
keys = st.sampled_from([*{item.name for _, item in options()}, "pin_", '"\\u0000"', "a.b"])
values = st.one_of(
    st.sampled_from(
        ["nan", "-inf", "1e999", "true", "[]", "{}", "1979-05-27", "0xfff", "'''\n'''"]
    ),
    st.integers().map(str),
    st.floats().map(str),
    st.text(st.characters(exclude_categories=["Cs"])).map(json.dumps),
)
lines = st.one_of(sections.map("[{}]".format), st.tuples(keys, values).map(" = ".join))


@given(st.lists(lines, max_size=8).map("\n".join))
def test_any_toml_is_read_or_refused_line_by_line(text: str) -> None:
    assert_read_or_refused(text)


MOTOR = 'lock = "motor"\nlock_pin = 27\nbolt_pin = 22\n'


def test_options_that_cannot_be_true_at_once_are_named() -> None:
    for options, says in [
        ("contact_pin = 17", "pin and [door] contact_pin are both 17: give each a pin of its own"),
        ("exit_pin = 5\nbell_pin = 5", "exit_pin and [door] bell_pin are both 5"),
        ("led_pin = 5\nbuzzer_pin = 5", "led_pin and [door] buzzer_pin are both 5"),
        ("exit_pin = 5\n[rules]\nbutton_pin = 5", "exit_pin and [rules] button_pin are both 5"),
        ("led_pin = 5\nleft_led_pin = 5\nright_led_pin = 6", "led_pin and [door] left_led_pin are"),
        ("left_led_pin = 5\nright_led_pin = 5", "left_led_pin and [door] right_led_pin are both 5"),
        ("left_led_pin = 5", "right_led_pin is missing: an LED for one side alone asks nothing"),
        ("right_led_pin = 5", "left_led_pin is missing: an LED for one side alone asks nothing"),
        (MOTOR + "contact_pin = 22", "bolt_pin and [door] contact_pin are both 22"),
        ('lock = "motor"\nbolt_pin = 22', "needs lock_pin and bolt_pin: set lock_pin"),
        ('lock = "motor"\nlock_pin = 27', "needs lock_pin and bolt_pin: set bolt_pin"),
        ("bolt_pin = 22", 'bolt_pin is for a motor, and lock is "strike"'),
        ('lock = "magnet_no"\nlock_pin = 22', 'or set lock = "motor"'),
    ]:
        with pytest.raises(ConfigError) as caught:
            parse(f"[door]\n{options}\n", FILE)
        assert says in caught.value.sentences[0], options


def test_whole_door_can_be_configured() -> None:
    pins = "contact_pin = 5\nexit_pin = 6\ntamper_pin = 13\nbell_pin = 19\nled_pin = 26\n"
    door = parse(f"[door]\n{MOTOR}{pins}buzzer_pin = 16\n", FILE).door
    assert (door.lock, door.bolt_pin, door.buzzer_pin) == ("motor", 22, 16)


def read(text: str) -> Config:
    return config_file.parse(text, Path("/etc/facedoor/facedoor.toml"))


def test_every_option_stands_there_with_its_default() -> None:
    text = re.sub(r"^#(\w+ = .)", r"\1", template.template({}), flags=re.MULTILINE)
    assert read(text) == Config()
    for option in template.options():
        assert re.search(rf"^#?{option.name} =", text, flags=re.MULTILINE), option


def test_a_value_that_is_given_is_set_if_there_is_such_an_option() -> None:
    text = template.template({("models", "pack"): "/usr/share/facedoor/pack", ("door", "pin"): 22})
    assert read(text).models.pack == "/usr/share/facedoor/pack"
    assert read(text).door.pin == 22
    with pytest.raises(KeyError):
        template.template({("models", "pakc"): "/usr/share/facedoor/pack"})


@pytest.mark.parametrize(
    "mqtt", ["port = 0", "hots = 'broker'", "transport = 'pigeon'", "ca_file = '~nobody-here/ca'"]
)
def test_door_opens_without_mqtt_where_only_its_section_is_wrong(tmp_path: Path, mqtt: str) -> None:
    file = tmp_path / "door.toml"
    file.write_text(f"[door]\npin = 4\n[mqtt]\nhost = 'broker'\n{mqtt}\n")
    settings, wrong = load_to_open(file)
    assert (settings.door.pin, settings.mqtt.host) == (4, "")
    assert "line 5: [mqtt]" in wrong
    with pytest.raises(ConfigError, match=re.escape(wrong)):
        load(file)


def test_door_opens_where_what_is_wrong_is_the_dashboards(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "door.toml"
    file.write_text("[door]\npin = 4\n[dashboard]\nurl = 'door'\nport = 8000\n")
    settings, wrong = load_to_open(file)
    assert (settings.door.pin, settings.dashboard.port, wrong) == (4, 8443, "")
    assert "line 4: [dashboard] url is 'door': it has to begin with https://" in caplog.text
    file.write_text("[door]\npin = 4\n[dashboard]\nport = 0\n[mqtt]\nport = 0\n")
    settings, wrong = load_to_open(file)
    assert "[mqtt] port is 0" in wrong


@pytest.mark.parametrize(
    "strayed",
    [
        "[mqtt]\nactive_high = false",
        "[dashboard]\nactiv_high = false",
        "[mqtt]\nport = 0\n[dashboard]\nfalse_match_rate = 1e-6",
        "[mqtt.door]\nactive_high = false",
        "[mqtt]\ndoor.active_high = false",
        '[mqtt]\nhost = """broker\n[door]\nactive_high = false\n"""',
        "[mqtt]\nhost = ['broker',\n'[door]',\n'active_high = false']",
    ],
)
def test_door_does_not_open_by_defaults_where_its_own_options_have_strayed(
    tmp_path: Path, strayed: str
) -> None:
    file = tmp_path / "door.toml"
    file.write_text(f"[camera]\nrotate = 90\n{strayed}\n")
    with pytest.raises(ConfigError):
        load_to_open(file)


@pytest.mark.parametrize("text", ["[mqtt", "[door]\npins = 4\n[mqtt]\nport = 0", "[mqt]\nport = 1"])
def test_other_mistakes_end_the_service(tmp_path: Path, text: str) -> None:
    file = tmp_path / "door.toml"
    file.write_text(text)
    with pytest.raises(ConfigError):
        load_to_open(file)
