"""What apt does with the package, in a Debian without a network: `make test-deb`."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from debian_root import ARCHITECTURE, DebianRoot, copy, fresh
from facedoor_deb.build import build
from facedoor_deb.wheels import fetch
from served_page import SERVES_ITS_PAGE

CLONE = Path(__file__).parents[2]
SOURCES = (
    *("edge", "systemd", "models", "docs"),
    *("pyproject.toml", "setup.py", "README.md", "LICENSE"),
)
NEXT_VERSION = "0.99.0"
PROMPT = b"[yes/no]"
ON_A_PYTHON_FROM_BEFORE = "/opt/facedoor/python3.9-before"

pytestmark = pytest.mark.skipif(
    "FACEDOOR_DEBIAN" not in os.environ,
    reason="FACEDOOR_DEBIAN names no folder for Debian's files: run make test-deb",
)


@pytest.fixture(scope="module")
def cache() -> Path:
    folder = Path(os.environ["FACEDOOR_DEBIAN"]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def packages(cache: Path) -> list[Path]:
    """The package of these sources, and the same with a higher version."""
    wheels = fetch(ARCHITECTURE, cache / "wheels")
    later = cache / "later"
    shutil.rmtree(later, ignore_errors=True)
    later.mkdir()
    for name in SOURCES:
        source = CLONE / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("node_modules", "__pycache__")
            shutil.copytree(source, later / name, ignore=ignored)
        else:
            shutil.copy(source, later / name)
    for path in (later / "pyproject.toml", later / "edge" / "facedoor" / "__init__.py"):
        path.write_text(path.read_text().replace('"0.1.0"', f'"{NEXT_VERSION}"'))
    return [
        build(sources, ARCHITECTURE, [CLONE / "build/pack"], wheels, cache, time_s=1_700_000_000)
        for sources in (CLONE, later)
    ]


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def empty(request: pytest.FixtureRequest, cache: Path, photos: Path) -> Iterator[DebianRoot]:
    """A Debian without facedoor, with photos of Elton in it."""
    with fresh(request.param, cache) as root:
        shutil.copytree(photos / "train" / "elton_john", root.path("/srv/enrolled"))
        (visitor, *_) = sorted((photos / "val" / "elton_john").glob("*.jpg"))
        root.path("/srv/visitor").mkdir()
        shutil.copy(visitor, root.path("/srv/visitor/elton.jpg"))
        yield root


@pytest.fixture(scope="module")
def inhabited(empty: DebianRoot, packages: list[Path]) -> Iterator[DebianRoot]:
    """A door with a simulated relay at which Elton is enrolled."""
    with copy(empty) as root:
        root.install(packages[0])
        config = root.path("/etc/facedoor/facedoor.toml")
        config.write_text(
            config.read_text()
            .replace('#relay = "gpio"', 'relay = "simulated"')
            .replace('#source = "picamera2"', 'source = "folder:/srv/visitor"')
        )
        pictures = [f"/srv/enrolled/{path.name}" for path in root.path("/srv/enrolled").iterdir()]
        root.run("facedoor", "enroll", "Elton", "--image", *pictures)
        yield root


@pytest.fixture
def door(inhabited: DebianRoot) -> Iterator[DebianRoot]:
    """A copy of its own for one test."""
    with copy(inhabited) as root:
        yield root


def visitor(door: DebianRoot) -> str | None:
    done = door.run("facedoor", "identify", "/srv/visitor/elton.jpg", "--json")
    name: str | None = json.loads(done.stdout)["person"]
    return name


def test_a_person_is_enrolled_and_recognised(door: DebianRoot) -> None:
    assert door.run("facedoor", "--version").stdout == "facedoor 0.1.0\n"
    assert visitor(door) == "Elton"


def test_the_check_finds_nothing_wrong_with_a_simulated_door(door: DebianRoot) -> None:
    findings = json.loads(door.run("facedoor", "check", "--json", check=False).stdout)["findings"]
    verdicts = {finding["subject"]: finding["ok"] for finding in findings}
    for subject in ("pack", "people", "state", "camera", "relay"):
        assert verdicts[subject], findings


def test_the_state_is_the_doors_alone(door: DebianRoot) -> None:
    state = door.run("stat", "--format", "%U %a", "/var/lib/facedoor", "/etc/facedoor/credentials")
    assert state.stdout.split() == ["facedoor", "700", "root", "700"]
    files = door.run("find", "/var/lib/facedoor", "-not", "-user", "facedoor")
    assert files.stdout == ""


def test_every_wheel_of_the_package_is_installed(door: DebianRoot) -> None:
    python = ("/opt/facedoor/venv/bin/python", "-m", "pip", "list", "--local", "--format", "json")
    installed = {package["name"] for package in json.loads(door.run(*python).stdout)}
    wheels = door.path("/usr/share/facedoor/wheels").glob("*.whl")
    brought = {wheel.name.partition("-")[0] for wheel in wheels}
    assert {"facedoor", "holidays", "starlette", "tzdata", "uvicorn"} <= brought
    assert normalised(brought) <= normalised(installed)


def normalised(names: set[str]) -> set[str]:
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


def test_the_door_starts_with_the_system_and_not_before_it_is_set_up(door: DebianRoot) -> None:
    assert door.run("systemctl", "is-enabled", "facedoor").stdout == "enabled\n"


def test_the_dashboard_is_switched_off_and_serves_its_page_as_a_user_of_its_own(
    door: DebianRoot,
) -> None:
    enabled = door.run("systemctl", "is-enabled", "facedoor-dashboard", check=False)
    assert enabled.stdout == "disabled\n"
    state = door.run("stat", "--format", "%U %a", "/var/lib/facedoor-dashboard")
    assert state.stdout == "facedoor-dashboard 700\n"
    groups = door.run("id", "--name", "--groups", "facedoor-dashboard")
    assert groups.stdout == "facedoor-dashboard\n"
    config = door.path("/etc/facedoor/facedoor.toml")
    config.write_text(config.read_text().replace('#host = ""', 'host = "127.0.0.1"'))
    told = door.run("/opt/facedoor/venv/bin/python", "-c", SERVES_ITS_PAGE).stdout.split()
    assert int(told[0]) > 10_000
    assert told[1:] == ["True", "0"]
    seen = door.run(
        *("runuser", "-u", "facedoor-dashboard", "--", "ls", "/var/lib/facedoor"), check=False
    )
    assert "Permission denied" in seen.stderr


def test_an_upgrade_keeps_the_dashboard_as_it_was(door: DebianRoot, packages: list[Path]) -> None:
    door.run("systemctl", "enable", "facedoor-dashboard")
    door.install(packages[1])
    assert door.run("systemctl", "is-enabled", "facedoor-dashboard").stdout == "enabled\n"


def test_an_upgrade_keeps_people_and_configuration(door: DebianRoot, packages: list[Path]) -> None:
    config = door.path("/etc/facedoor/facedoor.toml").read_bytes()
    door.run("systemctl", "disable", "facedoor")
    door.install(packages[1])
    assert door.run("facedoor", "--version").stdout == f"facedoor {NEXT_VERSION}\n"
    assert visitor(door) == "Elton"
    assert door.path("/etc/facedoor/facedoor.toml").read_bytes() == config
    assert door.run("systemctl", "is-enabled", "facedoor", check=False).stdout == "disabled\n"
    assert len(list(door.path("/opt/facedoor").glob("python*"))) == 1


def test_an_upgrade_that_failed_leaves_the_door_that_was_and_can_be_repeated(
    door: DebianRoot, packages: list[Path]
) -> None:
    shutil.copy(packages[1], door.path("/root/later.deb"))
    door.run("dpkg", "--unpack", "/root/later.deb")
    (wheel,) = door.path("/usr/share/facedoor/wheels").glob("cryptography-*")
    hidden = wheel.rename(door.path(f"/root/{wheel.name}"))
    assert door.run("dpkg", "--configure", "facedoor", check=False).returncode != 0
    assert door.run("facedoor", "--version").stdout == "facedoor 0.1.0\n"
    assert visitor(door) == "Elton"
    hidden.rename(wheel)
    door.run("dpkg", "--configure", "facedoor")
    assert door.run("facedoor", "--version").stdout == f"facedoor {NEXT_VERSION}\n"


def test_another_python_of_the_system_gets_an_environment_of_its_own(door: DebianRoot) -> None:
    (now,) = door.path("/opt/facedoor").glob("python*")
    door.path("/opt/facedoor/venv").unlink()
    now.rename(door.path(ON_A_PYTHON_FROM_BEFORE))
    door.path("/opt/facedoor/venv").symlink_to(ON_A_PYTHON_FROM_BEFORE)
    door.run("dpkg-trigger", "--by-package=python3-minimal", "/usr/bin/python3")
    door.run("dpkg", "--triggers-only", "facedoor")
    assert list(door.path("/opt/facedoor").glob("python*")) == [now]
    assert visitor(door) == "Elton"


def test_removal_takes_the_program_not_the_people(door: DebianRoot, packages: list[Path]) -> None:
    door.run("apt-get", "remove", "--yes", "facedoor")
    assert not door.path("/opt/facedoor").exists()
    door.install(packages[0])
    assert visitor(door) == "Elton"


def test_purging_keeps_people_and_secrets_when_nobody_can_answer(
    door: DebianRoot, packages: list[Path]
) -> None:
    password = door.path("/etc/facedoor/credentials/mqtt-password")
    password.write_text("secret")
    door.run("apt-get", "purge", "--yes", "facedoor")
    assert not door.path("/etc/facedoor/facedoor.toml").exists()
    assert password.exists()
    door.install(packages[0])
    assert visitor(door) == "Elton"


def test_purging_asks_and_keeps_people_when_the_answer_is_no(door: DebianRoot) -> None:
    shown = door.answer(PROMPT, b"no\n", "apt-get", "purge", "--yes", "facedoor")
    assert "Delete everybody who is enrolled at this door?" in shown
    assert door.path("/var/lib/facedoor/facedoor.db").exists()


def test_purging_asks_and_deletes_people_and_keys_when_the_answer_is_yes(door: DebianRoot) -> None:
    door.path("/etc/facedoor/credentials/facedoor-key").write_text("0" * 64)
    door.answer(PROMPT, b"yes\n", "apt-get", "purge", "--yes", "facedoor")
    assert not door.path("/var/lib/facedoor").exists()
    assert not door.path("/var/lib/facedoor.witness").exists()
    assert not door.path("/var/lib/facedoor-dashboard").exists()
    assert not door.path("/etc/facedoor").exists()
    assert door.run("dpkg", "--status", "facedoor", check=False).returncode != 0


def test_purging_does_as_it_was_told_beforehand(door: DebianRoot) -> None:
    told = "echo 'facedoor facedoor/delete_people boolean true' | debconf-set-selections"
    door.run("sh", "-c", told)
    door.run("apt-get", "purge", "--yes", "facedoor")
    assert not door.path("/var/lib/facedoor").exists()
