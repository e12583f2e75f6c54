"""Makes small packages, and obtains them as the converter does."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

from facedoor_convert import files
from facedoor_convert.readers import package_source
from facedoor_convert.readers.packages import Package


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


def parcel(sha256: str) -> Package:
    return Package("parcel", "1.0", "sdist", sha256, 1000)


def plain_file(content: bytes) -> Package:
    """A file of this content at an address."""
    sha256 = hashlib.sha256(content).hexdigest()
    return Package("weights", "1", "file", sha256, len(content), "http://127.0.0.1/weights.pth")


def obtain(package: Package) -> package_source.Archive:
    return package_source.obtain(package, lambda _: None)
