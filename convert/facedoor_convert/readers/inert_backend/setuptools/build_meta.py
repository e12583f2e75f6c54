"""A build backend that builds nothing and runs nothing.

Before pip saves a source archive it asks the archive's build backend for metadata, and the real
setuptools would run the archive's ``setup.py`` to answer. This one hands out the ``PKG-INFO`` that
lies in the archive: plain text. See PEP 517 for the two hooks.
"""

from __future__ import annotations

import shutil
import sys
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:  # noqa: ARG001 (PEP 517)
    return []


def prepare_metadata_for_build_wheel(
    metadata_directory: str,
    config_settings: Any = None,  # noqa: ARG001 (PEP 517)
) -> str:
    headers = BytesHeaderParser().parsebytes(Path("PKG-INFO").read_bytes())
    name = headers["Name"].replace("-", "_")
    folder = Path(metadata_directory) / f"{name}-{headers['Version']}.dist-info"
    folder.mkdir()
    shutil.copyfile("PKG-INFO", folder / "METADATA")
    return folder.name


# An archive without a pyproject.toml is built through this name.
__legacy__ = sys.modules[__name__]
