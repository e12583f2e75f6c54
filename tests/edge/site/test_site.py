"""The site's key, and what a configuration of a site can get wrong."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from facedoor.cli.main import main
from facedoor.config.options import Config, MqttConfig, SiteConfig
from facedoor.errors import ConfigError, StoreError, UsageError
from facedoor.site.site import load_site


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
    site = load_site(configured(file))
    assert site.vault.key_id in first


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
    for settings, complaint in [
        (replace(configured(Path("x")), mqtt=MqttConfig()), "without a broker"),
        (replace(configured(Path("x")), site=SiteConfig(name="a/b")), "one word"),
    ]:
        with pytest.raises(ConfigError, match=complaint):
            load_site(settings)


def test_site_without_a_key_is_said() -> None:
    settings = replace(configured(Path("x")), site=SiteConfig(name="home"))
    with pytest.raises(UsageError, match="key_file"):
        load_site(settings)
