"""The files for systemd, as its own tools read them."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from door_kit import ended
from facedoor.dashboard import at_broker, own_certificate, proxy
from facedoor.site import site
from facedoor.storage import key_file

FOLDER = Path(__file__).parents[2] / "systemd"
UNIT = FOLDER / "facedoor.service"
PAGE = FOLDER / "facedoor-dashboard.service"
PROGRAM = "/opt/facedoor/venv/bin/facedoor"

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not installed"
)


def directives(unit: Path = UNIT) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", unit.read_text(), re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root in which everything is where the installer puts it."""
    for source, target in [
        (UNIT, "usr/lib/systemd/system/facedoor.service"),
        (PAGE, "usr/lib/systemd/system/facedoor-dashboard.service"),
        (FOLDER / "facedoor.sysusers", "usr/lib/sysusers.d/facedoor.conf"),
        (FOLDER / "facedoor-dashboard.sysusers", "usr/lib/sysusers.d/facedoor-dashboard.conf"),
        (FOLDER / "facedoor.tmpfiles", "usr/lib/tmpfiles.d/facedoor.conf"),
        (FOLDER / "facedoor-dashboard.tmpfiles", "usr/lib/tmpfiles.d/facedoor-dashboard.conf"),
    ]:
        (tmp_path / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, tmp_path / target)
    (tmp_path / "etc").mkdir()
    return tmp_path


@pytest.mark.parametrize("unit", ["facedoor.service", "facedoor-dashboard.service"])
def test_verify_finds_nothing(root: Path, tmp_path: Path, unit: str) -> None:
    program = tmp_path / PROGRAM.removeprefix("/")
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    # The targets that the unit stands on.
    units = Path("/usr/lib/systemd/system")
    shutil.copytree(units, root / units.relative_to("/"), symlinks=True, dirs_exist_ok=True)
    verdict = ended("systemd-analyze", "verify", f"--root={root}", unit)
    assert (verdict.exit_code, verdict.out, verdict.error) == (0, "", "")


ASKS_THE_CLOCK = "SystemCallFilter=adjtimex clock_adjtime clock_adjtime64\n"


def test_but_for_asking_the_clock_the_exposure_is_at_most_one_and_a_half(tmp_path: Path) -> None:
    text = UNIT.read_text()
    assert text.count(ASKS_THE_CLOCK) == 1
    protected = tmp_path / UNIT.name
    protected.write_text(text.replace(ASKS_THE_CLOCK, "ProtectClock=yes\n"))
    verdict = ended("systemd-analyze", "security", "--offline=true", "--threshold=15", protected)
    assert (verdict.exit_code, verdict.error) == (0, ""), verdict.out


def test_the_clock_can_be_asked_and_not_be_set() -> None:
    unit = directives()
    assert (unit["CapabilityBoundingSet"], unit["AmbientCapabilities"]) == ([""], [""])
    assert unit["DevicePolicy"] == ["closed"]
    assert not [device for device in unit["DeviceAllow"] if "rtc" in device]
    assert unit["SystemCallFilter"] == [
        "@system-service",
        "~@privileged @resources",
        ASKS_THE_CLOCK.partition("=")[2].strip(),
    ]


def test_exposure_of_the_dashboard_is_at_most_one_and_a_half() -> None:
    verdict = ended("systemd-analyze", "security", "--offline=true", "--threshold=15", PAGE)
    assert (verdict.exit_code, verdict.error) == (0, ""), verdict.out


def test_dashboard_is_as_strict_as_the_door_wherever_it_needs_no_device() -> None:
    door, page = directives(), directives(PAGE)
    protected = {
        key for key in door if re.match(r"Protect|Private|Restrict[A-Z]\w*|IPAddress", key)
    }
    assert {"ProtectSystem", "RestrictNamespaces", "IPAddressDeny"} <= protected
    for key in protected - {"RestrictAddressFamilies"}:
        assert page[key] == door[key], key
    assert (page["PrivateDevices"], page["PrivateUsers"], page["ProtectClock"]) == (["yes"],) * 3
    assert page["CapabilityBoundingSet"] == page["AmbientCapabilities"] == [""]


def test_dashboard_has_nothing_of_the_doors() -> None:
    door, page = directives(), directives(PAGE)
    for key in ("User", "Group", "StateDirectory"):
        assert page[key] == ["facedoor-dashboard"] != door[key]
    assert page["StateDirectoryMode"] == ["0700"]
    (hidden,) = page["InaccessiblePaths"]
    for path in ("/var/lib/facedoor", "/run/facedoor", "/etc/facedoor/credentials"):
        assert f"-{path}" in hidden.split()
    shared = set(page["LoadCredential"]) & set(door["LoadCredential"])
    assert shared == set()
    assert "SupplementaryGroups" not in page


def test_dashboards_credentials_are_those_that_it_reads_and_none_has_to_be_there() -> None:
    page = directives(PAGE)
    names = {loaded.split(":")[0] for loaded in page["LoadCredential"]}
    own = {at_broker.CREDENTIAL, at_broker.KEY_CREDENTIAL}
    assert names == {*own, own_certificate.CREDENTIAL, proxy.CREDENTIAL}
    assert set(page["SetCredential"]) == {rf"{name}:\n" for name in names}


@pytest.mark.parametrize("unit", [UNIT, PAGE])
def test_every_weakness_that_systemd_sees_is_explained_in_the_unit(unit: Path) -> None:
    verdict = ended("systemd-analyze", "security", "--offline=true", unit)
    weak = re.findall(r"^\S*✗ (\S+)", verdict.out, re.MULTILINE)
    assert weak
    explained = " ".join(re.findall(r"^#   .*", unit.read_text(), re.MULTILINE))
    names = {name for each in weak for name in re.findall(r"AF_\w+|^\w+", each)}
    names -= {"RestrictAddressFamilies", "AF_"}
    assert [name for name in sorted(names) if name not in explained] == []


def test_proc_is_whole_so_that_the_networks_find_their_fast_path() -> None:
    assert directives().get("ProcSubset", ["all"]) == ["all"]


def test_systemd_sees_whether_the_door_lives_and_drives_its_relay_off_afterwards() -> None:
    unit = directives()
    assert (unit["Type"], unit["NotifyAccess"]) == (["notify"], ["main"])
    # A live camera is given up after 5 s, with a sentence; the watchdog must not come before it.
    assert 5 < 0.75 * int(unit["WatchdogSec"][0]) <= 10
    assert unit["ExecStart"] == [f"{PROGRAM} run"]
    assert unit["ExecStopPost"] == [f"{PROGRAM} relay-off", f"-+{PROGRAM} witness"]
    assert unit["ExecStartPre"] == [f"-+{PROGRAM} witness"]
    assert unit["Restart"] == ["always"]
    assert unit["RuntimeDirectory"] == unit["StateDirectory"] == ["facedoor"]
    assert "RuntimeDirectoryPreserve" not in unit


@pytest.mark.parametrize("file", [UNIT, PAGE])
def test_its_own_restarts_never_reach_the_limit(file: Path) -> None:
    unit = directives(file)
    period_s, most = int(unit["StartLimitIntervalSec"][0]), int(unit["StartLimitBurst"][0])
    assert period_s / int(unit["RestartSec"][0]) < most


def test_no_credential_has_to_be_there() -> None:
    unit = directives()
    names = {loaded.split(":")[0] for loaded in unit["LoadCredential"]}
    assert names == {key_file.CREDENTIAL, site.CREDENTIAL, "mqtt-password", "mqtt-key"}
    assert set(unit["SetCredential"]) == {rf"{name}:\n" for name in names}


def test_user_is_in_the_groups_of_its_devices_and_owns_its_state(root: Path) -> None:
    made = ended("systemd-sysusers", f"--root={root}")
    assert made.exit_code == 0, made.error
    groups = dict(re.findall(r"^(\w+):[^:]*:\d+:(.*)$", (root / "etc/group").read_text(), re.M))
    assert {name for name, members in groups.items() if members == "facedoor"} == {
        *("gpio", "video", "input")
    }
    assert not [members for members in groups.values() if "facedoor-dashboard" in members]
    if os.geteuid() == 0:
        made = ended("systemd-tmpfiles", f"--root={root}", "--create")
        assert (made.exit_code, made.error) == (0, "")
        user = re.search(r"^facedoor:[^:]*:(\d+):", (root / "etc/passwd").read_text(), re.M)
        assert user is not None
        state = (root / "var/lib/facedoor").stat()
        assert (state.st_uid, state.st_mode & 0o777) == (int(user[1]), 0o700)
        page = re.search(
            r"^facedoor-dashboard:[^:]*:(\d+):", (root / "etc/passwd").read_text(), re.M
        )
        assert page is not None
        remembered = (root / "var/lib/facedoor-dashboard").stat()
        assert (remembered.st_uid, remembered.st_mode & 0o777) == (int(page[1]), 0o700)
        secrets = (root / "etc/facedoor/credentials").stat()
        assert (secrets.st_uid, secrets.st_mode & 0o777) == (0, 0o700)


def test_rules_for_devices_give_them_to_those_groups() -> None:
    rules = FOLDER / "60-facedoor.rules"
    assert set(re.findall(r'GROUP="(\w+)"', rules.read_text())) <= {"gpio", "video"}
    if shutil.which("udevadm") and "verify" in ended("udevadm", "--help").out:  # systemd 254
        verdict = ended("udevadm", "verify", "--resolve-names=never", rules)
        assert verdict.exit_code == 0, verdict.error
