"""What may be said of the dashboard's page, and what cannot be true at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from facedoor.config.file import parse
from facedoor.config.options import Config
from facedoor.errors import ConfigError

FILE = Path("/home/ada/door.toml")


@pytest.mark.parametrize(
    ("options", "line", "says"),
    [
        ("url = 'http://door'", 2, "url is 'http://door': it has to begin with https://"),
        ("url = 'door:8443'", 2, "it has to begin with https://"),
        ("url = 'https://'", 2, "an address such as https://door.lan:8443"),
        ("url = 'https://door:port'", 2, "an address such as https://door.lan:8443"),
        ("url = 'https://door:99999'", 2, "an address such as https://door.lan:8443"),
        ("url = 'https://[door'", 2, "an address such as https://door.lan:8443"),
        ("url = 'https://tür'", 2, "an address such as https://door.lan:8443"),
        ("url = 'https://a door'", 2, "an address such as https://door.lan:8443"),
        ("url = 'https://ada@door'", 2, "write no more than https://NAME:PORT"),
        ("url = 'https://door/page'", 2, "write no more than https://NAME:PORT"),
        ("url = 'https://door/?a'", 2, "write no more than https://NAME:PORT"),
        ("url = 'https://door#a'", 2, "write no more than https://NAME:PORT"),
        ("listen = 'door'", 2, "listen is 'door'; it has to be an address of this machine"),
        ("port = 0", 2, "port is 0; it has to be between 1 and 65535"),
        ("port = 80\nhttp_port = 80", "s 2 and 3", "http_port is 80, as port is"),
        ("http_port = 8443", 2, "http_port is 8443, as port is"),
        ("private_key = 'own.key'", 2, "private_key is set without a certificate"),
        ("username = ''\npassword_file = 'p'", "s 2 and 3", "password_file is set without a user"),
    ],
)
def test_what_cannot_be_is_told_with_its_key_and_line(
    options: str, line: int | str, says: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(says)) as caught:
        parse(f"[dashboard]\n{options}\n", FILE)
    line = f" {line}" if isinstance(line, int) else line
    assert str(caught.value).startswith(f"{FILE}, line{line}: [dashboard] ")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://door.lan:8443/", "https://door.lan:8443"),
        ("https://door", "https://door"),
        ("https://[fd00::1]:8443", "https://[fd00::1]:8443"),
        ("", ""),
    ],
)
def test_address_of_the_page_is_told_without_a_slash(url: str, origin: str) -> None:
    assert parse(f"[dashboard]\nurl = '{url}'\n", FILE).dashboard.origin == origin


def test_whole_page_can_be_configured_and_paths_begin_at_the_file() -> None:
    page = parse(
        "[dashboard]\nlisten = '::1'\nport = 443\nhttp_port = 80\ndirectory = 'page'\n"
        "certificate = 'own.pem'\nprivate_key = 'own.key'\npassword_file = 'password'\n"
        "proxy_secret_file = '/run/secret'\n",
        FILE,
    ).dashboard
    assert page.folder == Path("/home/ada/page")
    assert (page.certificate, page.private_key) == ("/home/ada/own.pem", "/home/ada/own.key")
    assert (page.password_file, page.proxy_secret_file) == ("/home/ada/password", "/run/secret")


def test_folder_is_never_that_of_a_doors_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/home/ada/.state")
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    assert Config().dashboard.folder == Path("/home/ada/.state/facedoor-dashboard")
    assert Config().dashboard.folder != Config().state_directory
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/facedoor-dashboard")
    assert Config().dashboard.folder == Path("/var/lib/facedoor-dashboard")
