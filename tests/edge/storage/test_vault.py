"""The vault: what is sealed opens with its key and in its place, and nowhere else."""

from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.config.options import Config, StorageConfig
from facedoor.errors import StoreError
from facedoor.identity.gallery import Gallery
from facedoor.storage.key_file import load_vault, make_key
from facedoor.storage.store import open_store
from facedoor.storage.vault import Vault
from vaults import VAULT

OTHER = Vault(bytes(32))
MODEL = "a" * 64


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    return Config(storage=StorageConfig(directory=str(tmp_path / "state")))


def gallery(settings: Config) -> Gallery:
    vault = load_vault(settings)
    return Gallery(open_store(settings.database, vault), vault)


@given(st.binary(), st.text())
def test_what_is_sealed_opens_and_so_does_a_text(data: bytes, text: str) -> None:
    assert VAULT.open(VAULT.seal(data, text), text) == data
    assert VAULT.open_text(VAULT.seal_text(text, "here"), "here") == text


@given(st.binary(), st.integers(0), st.integers(1, 255))
def test_changed_byte_is_noticed(data: bytes, place: int, change: int) -> None:
    sealed = bytearray(VAULT.seal(data, "here"))
    sealed[place % len(sealed)] ^= change
    with pytest.raises(ValueError, match="or changed"):
        VAULT.open(bytes(sealed), "here")


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(28)])
def test_what_was_never_sealed_does_not_open(sealed: bytes) -> None:
    with pytest.raises(ValueError, match="another key"):
        VAULT.open(sealed, "here")


def test_another_key_or_place_does_not_open() -> None:
    sealed = VAULT.seal(b"secret", "here")
    for vault, context in ((OTHER, "here"), (VAULT, "there")):
        with pytest.raises(ValueError, match="another key or for another place"):
            vault.open(sealed, context)


def test_what_is_sealed_looks_different_each_time_and_names_equally_long() -> None:
    assert VAULT.seal(b"secret", "here") != VAULT.seal(b"secret", "here")
    assert len({len(VAULT.seal_text("x" * length, "here")) for length in range(64)}) == 1


def test_index_and_mac_depend_on_key_text_and_purpose() -> None:
    marks = [f(t) for v in (VAULT, OTHER) for f, t in ((v.index, "Anna"), (v.mac, b"Anna"))]
    assert len({*marks, VAULT.index("anna"), VAULT.mac(b"anna")}) == 6
    assert VAULT.index("Anna") == Vault(bytes(range(32))).index("Anna")


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="a key has 32 bytes"):
        Vault(bytes(length))


def test_key_is_made_for_the_owner_alone_and_stays(settings: Config) -> None:
    first = load_vault(settings)
    assert stat.S_IMODE(settings.key_file.stat().st_mode) == 0o600
    assert load_vault(settings).key_id == first.key_id
    assert [file.name for file in settings.state_directory.iterdir()] == ["facedoor.key"]


def test_key_that_exists_is_never_replaced(settings: Config) -> None:
    first = load_vault(settings)
    make_key(settings.key_file)
    assert load_vault(settings).key_id == first.key_id


def test_key_of_the_configuration_beats_the_states(settings: Config, tmp_path: Path) -> None:
    own = load_vault(settings)
    storage = StorageConfig(settings.storage.directory, key_file=str(tmp_path / "stick" / "key"))
    assert load_vault(Config(storage=storage)).key_id != own.key_id


def test_credential_goes_before_every_file(
    settings: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_key(tmp_path / "facedoor-key")
    (tmp_path / "facedoor-key").chmod(0o440)  # as systemd shows it
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    vault = load_vault(settings)
    assert not settings.state_directory.exists()
    assert vault.key_id == Vault(bytes.fromhex((tmp_path / "facedoor-key").read_text())).key_id


def test_blank_credential_stands_for_none(
    settings: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = load_vault(settings)
    (tmp_path / "facedoor-key").write_text("\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert load_vault(settings).key_id == own.key_id


def test_key_that_others_may_read_is_refused(settings: Config) -> None:
    load_vault(settings)
    settings.key_file.chmod(0o640)
    with pytest.raises(StoreError, match="run chmod 600"):
        load_vault(settings)


@pytest.mark.parametrize("text", ["", "abc", "00" * 31, "zz" * 32, "ü" * 64])
def test_file_that_is_no_key_is_refused(settings: Config, text: str) -> None:
    load_vault(settings)
    settings.key_file.write_text(text)
    with pytest.raises(StoreError, match="is not a key, which is 64 hexadecimal digits"):
        load_vault(settings)


def test_lost_key_is_said_and_no_new_one_made(settings: Config) -> None:
    gallery(settings).add("Anna", np.eye(1, 8, dtype=np.float32), MODEL)
    settings.key_file.unlink()
    with pytest.raises(StoreError, match=r"the key of .*facedoor.db is not at .*: put it back"):
        load_vault(settings)
    assert not settings.key_file.exists()


def test_state_of_another_key_is_refused(settings: Config) -> None:
    gallery(settings).add("Anna", np.eye(1, 8, dtype=np.float32), MODEL)
    settings.key_file.unlink()
    make_key(settings.key_file)
    with pytest.raises(StoreError, match="put the right key back"):
        gallery(settings)
