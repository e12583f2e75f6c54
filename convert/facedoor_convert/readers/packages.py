"""What names a package archive: a registry, a name, a version and a SHA-256."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from facedoor import strict

_SUFFIXES = {"sdist": ".tar.gz", "wheel": ".whl", "npm": ".tgz"}


def _digest(text: str) -> str:
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise ValueError("it has to be 64 hexadecimal digits in lower case")
    return text


SHA256 = strict.more(said=(str, _digest))
"""What is asked of a field in a recipe that holds a SHA-256."""


@dataclass(frozen=True, slots=True)
class Package:
    """An archive in a package registry, named so exactly that only one file can be meant.

    ``sdist`` and ``wheel`` come from where pip looks, ``npm`` from where npm does. A ``file`` is no
    archive: it lies at ``url``, and is its own only member.
    """

    name: str
    version: str
    archive: Literal["sdist", "wheel", "npm", "file"]
    sha256: str = field(metadata=SHA256)
    bytes: int = field(metadata=strict.more(allowed=(1, 10**12)))
    url: str = ""

    def __post_init__(self) -> None:
        if (self.archive == "file") != bool(self.url):
            raise ValueError("url belongs to an archive of the kind file, and only to that")
        if self.url and not self.url.startswith(("https://", "http://")):
            raise ValueError(f"url is {self.url}; it has to begin with https://")

    @property
    def suffix(self) -> str:
        """The end of the archive's name."""
        return _SUFFIXES.get(self.archive) or PurePosixPath(self.url).suffix
