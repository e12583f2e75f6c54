"""``python3-lgpio``, which Raspberry Pi OS has and Debian has not, as a package for Debian.

PyPI has lgpio for arm64 up to Python 3.12. What its extension asks of Python is the same in 3.13,
so it is taken as it is and only named so that 3.13 finds it: good enough for a machine that tests
a door, not for a door.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

VERSION = "0.2.2.0"

CONTROL = f"""\
Package: python3-lgpio
Version: {VERSION}
Architecture: arm64
Maintainer: nobody <nobody@localhost>
Depends: python3
Description: lgpio from PyPI, where Raspberry Pi OS is not
"""


def build(folder: Path) -> Path:
    """The package, in ``folder``."""
    package = folder / f"python3-lgpio_{VERSION}_arm64.deb"
    if package.exists():
        return package
    root = folder / "lgpio"
    shutil.rmtree(root, ignore_errors=True)
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", root),
            *("--only-binary", ":all:", "--python-version", "3.12"),
            *("--platform", "manylinux_2_34_aarch64", f"lgpio=={VERSION}"),
        ],
        check=True,
    )
    (wheel,) = root.glob("*.whl")
    modules = root / "package/usr/lib/python3/dist-packages"
    shutil.unpack_archive(wheel, modules, "zip")
    (extension,) = modules.glob("_lgpio.*.so")
    extension.rename(modules / "_lgpio.so")
    control = root / "package/DEBIAN/control"
    control.parent.mkdir()
    control.write_text(CONTROL)
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "--build", root / "package", package],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    shutil.rmtree(root)
    return package
