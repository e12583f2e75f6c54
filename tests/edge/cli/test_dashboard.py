"""``facedoor dashboard``: it serves, tells how it is to be trusted, or says what is wrong."""

from __future__ import annotations

import http.client
import importlib.util
import json
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from broker import free_port
from facedoor.cli.main import main
from facedoor.dashboard import hosting

PLAIN = "127.0.0.1"


class Page:
    """What a process says of its page, and what it answers."""

    def __init__(self, told: dict[str, Any], folder: Path) -> None:
        self.told = told
        self.ca = folder / "certificates" / "ca.pem"

    def get(self, path: str, *, tls: bool = True) -> http.client.HTTPResponse:
        url = self.told["url" if tls else "http_url"]
        port = int(url.rpartition(":")[2])
        connection = (
            http.client.HTTPSConnection(
                "localhost", port, timeout=10, context=ssl.create_default_context(cafile=self.ca)
            )
            if tls
            else http.client.HTTPConnection("localhost", port, timeout=10)
        )
        connection.request("GET", path)
        return connection.getresponse()


def configuration(folder: Path, **more: str | int) -> Path:
    """One whose broker is away, which is no reason not to serve."""
    port, plain = free_port(), free_port()
    values = {
        "url": f"https://localhost:{port}",
        "listen": PLAIN,
        "port": port,
        "http_port": plain,
        "directory": str(folder / "state"),
        **more,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    broker = f"[mqtt]\nhost = '127.0.0.1'\nport = {free_port()}\n"
    path = folder / "page.toml"
    path.write_text(f"{broker}[dashboard]\n" + "\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    if not (hosting.STATIC / "index.html").is_file():
        pytest.skip("the page is not bundled: make edge/facedoor/dashboard/static/index.html")
    folder = tmp_path_factory.mktemp("page")
    command = ["-m", "facedoor.cli.main", "dashboard", "--json", "--config"]
    process = subprocess.Popen(
        [sys.executable, *command, configuration(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    yield Page(json.loads(line), folder / "state")
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert "Traceback" not in process.stderr.read()


def test_page_is_served_under_the_certificate_whose_fingerprint_is_told(page: Page) -> None:
    answer = page.get("/")
    assert answer.status == 200
    assert b"/static/app-" in answer.read()
    done = subprocess.run(
        ["openssl", "x509", "-in", page.ca, "-noout", "-fingerprint", "-sha256"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip().endswith(page.told["fingerprint"])


def test_plain_http_shows_how_to_trust_the_page_and_gives_the_ca(page: Page) -> None:
    text = page.get("/install", tls=False).read().decode()
    assert page.told["url"] in text
    assert page.get("/ca.pem", tls=False).read() == page.ca.read_bytes()
    policy = page.get("/install", tls=False).headers["content-security-policy"]
    assert "default-src 'none'" in policy


def test_install_page_shares_the_style_of_the_bundle(page: Page) -> None:
    text = page.get("/install").read().decode()
    (link,) = (part for part in text.split('"') if part.endswith(".css") and "app-" in part)
    assert page.get(link).status == 200


def complaint(config: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    return main(["dashboard", "--config", str(config)]), capsys.readouterr().err


def test_missing_extra_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    exit_code, said = complaint(configuration(tmp_path), capsys)
    assert exit_code == 3
    assert "there is no starlette and no uvicorn: pip install 'facedoor[dashboard]'\n" in said


def test_page_without_a_broker_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "page.toml"
    config.write_text("[dashboard]\nport = 8443\n")
    exit_code, said = complaint(config, capsys)
    assert (exit_code, "set [mqtt] host" in said) == (2, True)


def test_port_that_is_taken_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index.html").touch()
    monkeypatch.setattr(hosting, "STATIC", tmp_path)
    with socket.create_server((PLAIN, 0)) as other:
        taken = other.getsockname()[1]
        exit_code, said = complaint(configuration(tmp_path, port=taken), capsys)
    assert exit_code == 3
    assert f"port {taken} (Address already in use): choose another [dashboard] port" in said
    assert said.count("\n") == 1


def test_certificate_that_does_not_work_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index.html").touch()
    monkeypatch.setattr(hosting, "STATIC", tmp_path)
    config = configuration(tmp_path, certificate="own.pem", private_key="own.key")
    exit_code, said = complaint(config, capsys)
    assert (exit_code, "cannot read" in said and "own.pem" in said) == (3, True)
