"""What `make release` signs and states; that it makes all of it twice alike, it proves itself."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from facedoor_deb.build import assemble
from facedoor_deb.pip import PROCESSORS, PackagingError
from facedoor_release import apt
from facedoor_release.__main__ import LOCK, PROJECT, differences, sign
from facedoor_release.python_archives import without_traces
from facedoor_release.sbom import bill
from facedoor_release.signing import KEYRING, require_key
from gpg_kit import throwaway_key

TIME_S = 1_700_000_000

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("dpkg-deb", "gpg", "gpgv"))), reason="no dpkg-deb, gpg or gpgv"
)


def package(folder: Path, architecture: str) -> Path:
    """A package with nothing in it."""
    root = folder / architecture
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN" / "control").write_text(
        f"Package: facedoor\nVersion: 0.1.0\nArchitecture: {architecture}\n"
        "Maintainer: nobody <nobody@localhost>\nDescription: a door\n that is none\n"
    )
    made = folder / f"facedoor_0.1.0_{architecture}.deb"
    assemble(root, made, TIME_S)
    return made


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of two packages, not signed yet."""
    folder = tmp_path_factory.mktemp("release")
    packages = [package(folder, architecture) for architecture in PROCESSORS]
    apt.lay_out(packages, folder / "apt", TIME_S)
    (folder / "SHA256SUMS").write_text("sums\n")
    return folder


@pytest.fixture
def releaser() -> Iterator[str]:
    with throwaway_key() as address:
        yield address


def verified(keyring: Path, *files: Path) -> bool:
    done = subprocess.run(["gpgv", "--keyring", keyring, *files], capture_output=True)
    return done.returncode == 0


def test_apt_finds_packages_by_hashes_that_one_signature_vouches_for(
    release: Path, releaser: str
) -> None:
    sign(release, releaser)
    keyring, indices = release / "apt" / KEYRING, release / "apt" / apt.INDICES
    assert verified(keyring, indices / "InRelease")
    assert verified(keyring, indices / "Release.gpg", indices / "Release")
    assert verified(keyring, release / "SHA256SUMS.asc", release / "SHA256SUMS")
    assert (indices / "Release").read_text() in (indices / "InRelease").read_text()
    hashed = re.findall(r"^ (\w{64}) \d+ (\S+)$", (indices / "Release").read_text(), re.M)
    assert len(hashed) == 2 * len(PROCESSORS)
    for digest, name in hashed:
        assert hashlib.sha256((indices / name).read_bytes()).hexdigest() == digest
    for architecture in PROCESSORS:
        known = (indices / f"main/binary-{architecture}/Packages").read_text()
        fields = dict(re.findall(r"^(\w+): (.*)$", known, re.M))
        assert fields["Architecture"] == architecture
        content = (release / "apt" / fields["Filename"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == fields["SHA256"]
        assert fields["Size"] == str(len(content))
    (indices / "Release").write_text("Origin: somebody else\n")
    assert not verified(keyring, indices / "Release.gpg", indices / "Release")


def test_a_releaser_without_a_key_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GNUPGHOME", str(tmp_path))
    for key in ("", "nobody@example.org"):
        with pytest.raises(PackagingError, match=r"make release RELEASE_KEY=.*--quick-generate"):
            require_key(key)


def test_what_is_not_the_same_twice_is_named(tmp_path: Path) -> None:
    for name, text in (("one", "a"), ("other", "b")):
        (tmp_path / name / "apt").mkdir(parents=True)
        (tmp_path / name / "same").write_text("same")
        (tmp_path / name / "apt" / "Packages").write_text(text)
        (tmp_path / name / name).touch()
    found = differences(tmp_path / "one", tmp_path / "other")
    assert found == [Path("apt/Packages"), Path("one"), Path("other")]


def test_a_source_archive_does_not_tell_who_made_it_and_when(tmp_path: Path) -> None:
    archives = []
    for time_s in (1, 2):
        with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
            member = tarfile.TarInfo("facedoor-0.1.0/setup.py")
            member.size, member.mtime, member.uname = 4, time_s, f"user{time_s}"
            member.mode = 0o600 + time_s
            archive.addfile(member, io.BytesIO(b"code"))
        archives.append(without_traces(tmp_path / "a.tar.gz", TIME_S))
    assert archives[0] == archives[1]
    with tarfile.open(fileobj=io.BytesIO(archives[0])) as archive:
        (member,) = archive.getmembers()
        assert (member.mtime, member.uname) == (TIME_S, "")


def test_a_bill_of_materials_has_wheels_page_and_networks(tmp_path: Path) -> None:
    shared = tmp_path / "root/usr/share/facedoor"
    (shared / "wheels").mkdir(parents=True)
    shutil.copytree(PROJECT / "build/pack", shared / "pack")
    for name, licence in (
        ("numpy", "License-Expression: MIT OR 0BSD"),
        ("old", "License: BSD"),
        ("older", "License: all\n of it\nClassifier: License :: OSI Approved :: MIT License"),
    ):
        with zipfile.ZipFile(shared / f"wheels/{name}-2.0-py3-none-any.whl", "w") as wheel:
            stated = f"Metadata-Version: 2.4\nName: {name}\nVersion: 2.0\n{licence}\n\nText"
            wheel.writestr(f"{name}-2.0.dist-info/METADATA", stated)
    package = tmp_path / "facedoor_0.1.0_arm64.deb"
    package.write_bytes(b"package")
    stated = bill(package, tmp_path / "root", PROJECT / LOCK, TIME_S)
    parts = {part["name"]: part for part in stated["components"]}
    assert {"numpy", "old", "preact", "uplot", "pack/embedder.tflite"} <= parts.keys()
    assert "esbuild" not in parts
    assert parts["numpy"]["purl"] == "pkg:pypi/numpy@2.0"
    assert parts["numpy"]["licenses"] == [{"expression": "MIT OR 0BSD"}]
    assert parts["old"]["licenses"] == [{"license": {"name": "BSD"}}]
    assert parts["older"]["licenses"] == [{"license": {"name": "MIT License"}}]
    assert parts["preact"]["hashes"][0]["content"].isalnum()
    model = (shared / "pack/embedder.tflite").read_bytes()
    assert (
        parts["pack/embedder.tflite"]["hashes"][0]["content"] == hashlib.sha256(model).hexdigest()
    )
    known = {part["bom-ref"] for part in stated["components"]}
    assert set(stated["dependencies"][0]["dependsOn"]) == known
    assert len(known) == len(stated["components"])
