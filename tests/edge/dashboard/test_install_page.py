"""The page that says how a device comes to trust the CA, and the CA as each system takes it."""

from __future__ import annotations

import hashlib
import plistlib
import re
import ssl
from ipaddress import ip_address
from pathlib import Path

import pytest
from starlette.applications import Starlette

from asgi_kit import Answer, get
from facedoor.dashboard.certificates import MadeCertificate, fingerprint
from facedoor.dashboard.install_page import install_routes, language_of
from facedoor.dashboard.install_words import LANGUAGES, words
from facedoor.host_names import HostNames


class Browser:
    """Asks one application."""

    def __init__(self, app: Starlette) -> None:
        self._app = app

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return get(self._app, path, headers)


ORIGIN = "https://door.lan:8443"
AGENTS = {
    "iPhone and iPad": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1",
    "Android": "Mozilla/5.0 (Linux; Android 16; K) Chrome/156.0.0.0 Mobile",
    "Windows (Chrome, Edge)": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/156.0.0.0",
    "macOS (Safari, Chrome, Edge)": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605",
    "Linux (Chrome, Chromium)": "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0",
    "Firefox on any computer": "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Firefox/150.0",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeCertificate:
    names = HostNames(("door.lan", "localhost"), (ip_address("192.168.1.7"),))
    return MadeCertificate(tmp_path_factory.mktemp("certificates"), names)


@pytest.fixture
def browser(made: MadeCertificate, tmp_path: Path) -> Browser:
    return Browser(Starlette(routes=install_routes(made.authority, ORIGIN, tmp_path)))


def test_page_shows_the_fingerprint_and_for_what_the_ca_vouches(
    browser: Browser, made: MadeCertificate
) -> None:
    text = browser.get("/install").text
    assert fingerprint(made.authority) in re.sub(r"<[^>]+>", "", text)
    for name in ("door.lan", "localhost", "192.168.1.7"):
        assert f">{name}</li>" in text
    assert f'href="{ORIGIN}/"' in text


def test_page_needs_no_script_and_nothing_from_outside(browser: Browser) -> None:
    for language in LANGUAGES:
        text = browser.get("/install", headers={"accept-language": language}).text
        assert not re.search(r"<script|style=|javascript:| on\w+=", text)
        assert set(re.findall(r'(?:src|href)="([^"]*)"', text)) == {
            *("/install.css", "/ca.der", "/ca.mobileconfig", f"{ORIGIN}/")
        }
        assert "`" not in text
        assert "*" not in text


@pytest.mark.parametrize("system", AGENTS)
def test_steps_of_the_system_that_asks_are_open(browser: Browser, system: str) -> None:
    for language in LANGUAGES:
        asked = {"user-agent": AGENTS[system], "accept-language": language}
        text = browser.get("/install", headers=asked).text
        number = list(AGENTS).index(system)
        opened = re.findall(r"<details( open)?>", text)
        assert [bool(each) for each in opened] == [each == number for each in range(len(AGENTS))]


def test_every_language_says_the_same() -> None:
    english, german = words("en"), words("de")
    assert [guide.system for guide in english.guides] == list(AGENTS)
    for one, other in zip(english.guides, german.guides, strict=True):
        assert (one.agents, one.file) == (other.agents, other.file)
        assert len(one.steps) == len(other.steps)
        assert re.findall(r"`[^`]+`", " ".join(one.steps)) == re.findall(
            r"`[^`]+`", " ".join(other.steps)
        )


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        *(("", "en"), ("de", "de"), ("de-AT,en;q=0.5", "de"), ("en,de", "en")),
        *(("en;q=0.3, de;q=0.7", "de"), ("fr, *;q=0.1", "en"), ("de;q=0", "en")),
        *(("DE-de", "de"), ("den", "en"), ("de;q=x, en;q=0.9", "de"), (";;q=,,", "en")),
    ],
)
def test_language_is_what_the_browser_prefers(accepted: str, language: str) -> None:
    assert language_of(accepted) == language


def test_page_is_in_the_language_that_it_says(browser: Browser) -> None:
    answer = browser.get("/install", headers={"accept-language": "de-DE,de;q=0.9,en;q=0.8"})
    assert '<html lang="de">' in answer.text
    assert "Der Seite dieser Tür vertrauen" in answer.text
    assert (answer.headers["content-language"], answer.headers["vary"]) == (
        *("de", "Accept-Language, User-Agent"),
    )


def test_ca_is_given_as_each_system_takes_it(browser: Browser, made: MadeCertificate) -> None:
    pem, der, profile = (browser.get(f"/ca.{form}") for form in ("pem", "der", "mobileconfig"))
    assert ssl.PEM_cert_to_DER_cert(pem.text) == der.body
    # What certutil -hashfile says on Windows.
    digest = hashlib.sha256(der.body).hexdigest().upper()
    assert digest == fingerprint(made.authority).replace(":", "")
    assert "facedoor-ca.crt" in der.headers["content-disposition"]
    assert profile.headers["content-type"] == "application/x-apple-aspen-config"
    told = plistlib.loads(profile.body)
    (payload,) = told["PayloadContent"]
    assert payload["PayloadType"] == "com.apple.security.root"
    assert payload["PayloadContent"] == der.body
    assert payload["PayloadUUID"] != told["PayloadUUID"]
    assert profile.body == browser.get("/ca.mobileconfig").body
    assert b"PRIVATE" not in pem.body


def test_with_a_certificate_of_ones_own_there_is_nothing_to_install(tmp_path: Path) -> None:
    browser = Browser(Starlette(routes=install_routes(None, ORIGIN, tmp_path)))
    assert "nothing to install" in browser.get("/install").text
    assert [browser.get(f"/ca.{form}").status for form in ("pem", "der")] == [404, 404]


def test_style_is_that_of_the_bundle(made: MadeCertificate, tmp_path: Path) -> None:
    link = '<link rel="stylesheet" href="/static/app-01234567.css">'
    (tmp_path / "index.html").write_text(f"<head>\n{link}\n<script src='/static/app.js'></script>")
    browser = Browser(Starlette(routes=install_routes(made.authority, ORIGIN, tmp_path)))
    text = browser.get("/install").text
    assert link in text
    assert "<script" not in text
    assert browser.get("/install.css").headers["content-type"].startswith("text/css")
