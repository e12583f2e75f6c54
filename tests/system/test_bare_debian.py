"""README's two commands where nothing is installed but Python and make: `make test-bare`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from debian_root import DebianRoot, fresh

CLONE = Path(__file__).parents[2]

FILES = (
    *("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/xdg/pip", "/root/.config/pip"),
    "/root/.npmrc",
)
"""How this machine reaches the package registries; and where it has them, the files that these
variables name."""
VARIABLES = (
    *("PIP_CERT", "PIP_CONFIG_FILE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"),
    *("NODE_EXTRA_CA_CERTS", "NPM_CONFIG_USERCONFIG", "NPM_CONFIG_CAFILE"),
)

pytestmark = pytest.mark.skipif(
    "FACEDOOR_BARE" not in os.environ,
    reason="FACEDOOR_BARE names no folder for Debian's files: run make test-bare",
)


@pytest.fixture
def environment() -> dict[str, str]:
    """What tells pip, npm and apt of this machine where the registries are."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in VARIABLES
        or name.lower().startswith(("pip_", "npm_config_"))
        or name.lower().endswith("_proxy")
    }


@pytest.fixture(params=["bookworm", "trixie"])
def bare(request: pytest.FixtureRequest) -> Iterator[DebianRoot]:
    """A Debian with this machine's way to the registries and a clean checkout in /root/facedoor."""
    cache = Path(os.environ["FACEDOOR_BARE"]).resolve()
    cache.mkdir(parents=True, exist_ok=True)
    with fresh(request.param, cache, "ca-certificates,make,python3") as root:
        named = (os.environ[name] for name in VARIABLES if name in os.environ)
        for path in map(Path, (*FILES, *named)):
            inside = root.path(str(path))
            if path.is_dir():
                shutil.copytree(path, inside)
            elif path.exists():
                inside.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, inside)
        apt = subprocess.run(["apt-config", "dump", "Acquire"], capture_output=True, check=True)
        root.path("/etc/apt/apt.conf.d/80machine").write_bytes(apt.stdout)
        subprocess.run(["git", "clone", "-q", CLONE, root.path("/root/facedoor")], check=True)
        yield root


def test_a_bare_debian_runs_both_commands_of_the_readme(
    bare: DebianRoot, environment: dict[str, str]
) -> None:
    commands = re.findall(r"^make \w+", (CLONE / "README.md").read_text(), re.MULTILINE)
    assert commands == ["make demo", "make test"]
    for command in commands:
        assert bare.run_online(f"cd /root/facedoor && {command}", environment) == 0, command
    assert bare.path("/root/facedoor/build/demo.png").exists()
