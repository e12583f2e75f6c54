"""Records as they travel: what the key does not vouch for is refused, whatever it is."""

from __future__ import annotations

import base64
import dataclasses
import stat
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from circle import at
from facedoor.cli.main import main
from facedoor.config.options import Config, MqttConfig, SiteConfig
from facedoor.errors import ConfigError, StoreError, UsageError
from facedoor.identity.enrolled import Content
from facedoor.site.roster import MAX_RECORD_BYTES, BadRecordError, Record, open_record, seal
from facedoor.site.site import Site, load_site
from facedoor.storage.vault import Vault
from site_kit import MODEL, NESTED, SITE, sealed

ANNA = SITE.person("Anna")
CONTENT = Content("Anna", {MODEL: (at(0).tobytes(), at(10).tobytes())})
RECORD = Record(ANNA, 2, 3, "front", "2026-11-24T09:30:00.000Z", CONTENT)


def test_record_arrives_as_it_was_said_and_tells_no_name_on_the_way() -> None:
    for record in (RECORD, dataclasses.replace(RECORD, content=None)):
        assert open_record(SITE, ANNA, seal(SITE, record)) == record
        assert b"Anna" not in seal(SITE, record)


def test_record_does_not_open_at_another_site_or_as_somebody_else() -> None:
    for sealed_at in (Site("home", Vault(bytes(32))), Site("work", SITE.vault)):
        with pytest.raises(ValueError, match="another"):
            open_record(SITE, ANNA, seal(sealed_at, RECORD))
    with pytest.raises(ValueError, match="another"):
        open_record(SITE, SITE.person("Bob"), seal(SITE, RECORD))


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_changed_byte_is_found(place: int, change: int) -> None:
    message = bytearray(seal(SITE, RECORD))
    message[place % len(message)] ^= change
    with pytest.raises(ValueError, match="sealed"):
        open_record(SITE, ANNA, bytes(message))


@given(st.binary(max_size=200))
def test_what_was_never_sealed_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError, match="sealed"):
        open_record(SITE, ANNA, payload)


def test_huge_message_is_refused_unread() -> None:
    with pytest.raises(ValueError, match="at most"):
        open_record(SITE, ANNA, bytes(MAX_RECORD_BYTES + 1))


@given(st.text(st.characters(exclude_categories=()), max_size=40))
@example("\ud800" * 32)
@example("../" * 8)
def test_topic_of_nobody_is_refused_before_it_is_looked_up(person: str) -> None:
    with pytest.raises(ValueError, match="nobody"):
        open_record(SITE, person, seal(SITE, RECORD))


GOOD = {"v": 1, "generation": 1, "version": 1, "origin": "a", "time": "2026", "name": "Anna"}
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just([1])


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=9)
NESTED_DEEPLY = [b"[" * 100_000, NESTED, b"[" * 900 + b"]" * 900, b'{"v":' + NESTED]


@given(
    st.sampled_from(sorted([*GOOD, "templates"])),
    VALUES | ANY_TEXT,
    st.dictionaries(ANY_TEXT, VALUES),
)
def test_sealed_nonsense_is_refused_as_such(key: str, value: object, more: object) -> None:
    said = GOOD | {"templates": more, key: value}
    try:
        record = open_record(SITE, ANNA, sealed(ANNA, said))
    except BadRecordError:
        return
    assert open_record(SITE, ANNA, seal(SITE, record)) == record


@pytest.mark.parametrize(
    "said",
    [
        *NESTED_DEEPLY,
        b"",
        b"\xff\xfe",
        b"9" * 5000,
        GOOD | {"v": [[[]]] * 9},
        GOOD | {"generation": 2**63},
        GOOD | {"time": "\ud800"},
        GOOD | {"templates": {MODEL: []}},
        GOOD | {"templates": {MODEL: ["AAA="]}},
        GOOD | {"templates": {MODEL: ["AAAA"]}},
        GOOD | {"templates": {MODEL: [base64.b64encode(bytes(8)).decode()]}},
        GOOD | {"templates": {"\ud800": ["AAAA"]}},
        GOOD | {"name": "Bob", "templates": {}},
        GOOD | {"name": "\ud800", "templates": {}},
    ],
)
def test_sealed_record_that_cannot_be_is_bad_whatever_it_is(said: object) -> None:
    with pytest.raises(BadRecordError):
        open_record(SITE, ANNA, sealed(ANNA, said))


def configured(key_file: Path) -> Config:
    site = SiteConfig(name="home", key_file=str(key_file))
    return Config(mqtt=MqttConfig(host="broker"), site=site)


def test_without_a_name_there_is_no_site() -> None:
    assert load_site(Config()) is None


def test_key_is_made_once_for_its_owner_alone_and_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, config = tmp_path / "site.key", tmp_path / "facedoor.toml"
    config.write_text('[mqtt]\nhost = "broker"\n[site]\nname = "home"\nkey_file = "site.key"\n')
    for _ in range(2):
        assert main(["site-key", "--config", str(config)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
    assert file.read_text().strip() not in first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_site(configured(file)).vault.key_id in first


def test_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "site.key"
    file.write_text("00" * 32)
    file.chmod(0o644)
    with pytest.raises(StoreError, match="chmod 600"):
        load_site(configured(file))


def test_credential_of_systemd_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site-key").write_text("00" * 32)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert load_site(configured(tmp_path / "missing")) is not None


def test_site_that_cannot_work_is_said() -> None:
    settings = configured(Path("x"))
    for change, error, complaint in (
        ({"mqtt": MqttConfig()}, ConfigError, "without a broker"),
        ({"site": SiteConfig(name="a/b")}, ConfigError, "one word"),
        ({"site": SiteConfig(name="home")}, UsageError, "key_file"),
    ):
        with pytest.raises(error, match=complaint):
            load_site(dataclasses.replace(settings, **change))
