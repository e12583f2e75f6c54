"""What is believed of a reverse proxy's word on who is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from facedoor.config.options import DashboardConfig
from facedoor.dashboard.proxy import ProxyUsers, proxy_users
from facedoor.errors import DashboardError

WORD = "0123456789abcdef" * 2


def headers(user: str = "Ada", secret: str = WORD) -> dict[str, str]:
    return {"x-facedoor-user": user, "x-facedoor-proxy-secret": secret}


def test_user_is_who_the_proxy_says_with_the_secret() -> None:
    users = ProxyUsers(WORD)
    assert users.user_of(headers()) == "Ada"
    assert users.user_of(headers(" Ada Lovelace ")) == "Ada Lovelace"


@pytest.mark.parametrize("secret", ["", "guess", WORD[:-1], WORD + " ", WORD.upper(), "\udcff"])
def test_name_with_another_secret_counts_for_nothing(secret: str) -> None:
    assert ProxyUsers(WORD).user_of(headers(secret=secret)) is None


def test_without_a_secret_nobody_is_believed_and_without_a_name_there_is_nobody() -> None:
    for users in (ProxyUsers(), proxy_users(DashboardConfig())):
        assert users.user_of(headers(secret="")) is None
        assert users.user_of({"x-facedoor-user": "Ada"}) is None
    assert ProxyUsers(WORD).user_of({"x-facedoor-proxy-secret": WORD}) is None


@pytest.mark.parametrize("name", ["", "   ", "a" * 101, "A\x00da", "Ada\u202e"])
def test_name_that_is_none_is_nobodys(name: str) -> None:
    assert ProxyUsers(WORD).user_of(headers(name)) is None


def test_secret_comes_from_a_private_file_or_from_systemd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "proxy-secret"
    file.write_text(f"{WORD}\n")
    file.chmod(0o600)
    assert proxy_users(DashboardConfig(proxy_secret_file=str(file))).user_of(headers()) == "Ada"
    file.chmod(0o644)
    with pytest.raises(DashboardError, match="run chmod 600"):
        proxy_users(DashboardConfig(proxy_secret_file=str(file)))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert proxy_users(DashboardConfig()).user_of(headers()) == "Ada"


@pytest.mark.parametrize("secret", ["", "short", "ä" * 40])
def test_secret_that_can_be_guessed_is_refused(tmp_path: Path, secret: str) -> None:
    file = tmp_path / "secret"
    file.write_text(secret)
    file.chmod(0o600)
    with pytest.raises(DashboardError, match="openssl rand -hex 32"):
        proxy_users(DashboardConfig(proxy_secret_file=str(file)))


def test_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(DashboardError, match=r"cannot use .*missing"):
        proxy_users(DashboardConfig(proxy_secret_file=str(tmp_path / "missing")))
