from __future__ import annotations

import os
import pwd

from facedoor.checks import installation
from facedoor.checks.installation import UNIT, Service, account_of, examine_service, find_service
from machine_kit import Machine

DEAD = {"ActiveState": "inactive", "SubState": "dead"}
FAILED = {"ActiveState": "failed", "SubState": "failed"}
RESTARTED = {"ActiveState": "activating", "SubState": "auto-restart"}


def test_machine_without_systemd_or_whose_systemctl_fails_has_no_unit(machine: Machine) -> None:
    assert find_service(machine.root) == Service()
    assert all(finding.ok for finding in examine_service(Service()))
    machine.systemd()
    machine.program("systemctl", "Failed to connect to bus", exit_code=1)
    assert find_service(machine.root) == Service()


def test_running_unit_is_fine(machine: Machine) -> None:
    machine.systemd()
    service = find_service(machine.root)
    assert service.is_running
    (finding,) = examine_service(service)
    assert (finding.ok, finding.message) == (True, f"{UNIT} (running)")


def test_unit_that_is_not_installed_is_no_problem(machine: Machine) -> None:
    machine.systemd(**DEAD, LoadState="not-found")
    service = find_service(machine.root)
    assert not service.is_installed
    assert all(finding.ok for finding in examine_service(service))


def test_unit_that_does_not_serve_is_told_with_what_mends_it(machine: Machine) -> None:
    for properties, says, remedy in [
        ({**DEAD, "LoadState": "masked"}, "masked", "systemctl unmask"),
        ({**FAILED, "Result": "watchdog"}, "has failed (watchdog)", "journalctl -u"),
        ({**RESTARTED, "Result": "exit-code"}, "again and again", "journalctl -u"),
        (DEAD, "does not run", "systemctl enable --now"),
        ({"UnitFileState": "disabled"}, "next boot", "systemctl enable"),
    ]:
        machine.systemd(**properties)
        (finding,) = examine_service(find_service(machine.root))
        assert not finding.ok, properties
        assert says in finding.message, properties
        assert f"{remedy} {UNIT}" in finding.remedy, properties


def test_door_runs_as_the_user_of_the_unit(machine: Machine) -> None:
    machine.systemd(User="nobody", SupplementaryGroups="daemon")
    account = account_of(find_service(machine.root))
    assert (account.name, account.uid) == ("nobody", pwd.getpwnam("nobody").pw_uid)
    assert 1 in account.groups


def test_user_of_the_unit_who_does_not_exist_is_found(machine: Machine) -> None:
    machine.systemd(User="no-such-user")
    service = find_service(machine.root)
    account = account_of(service)
    assert account.uid == os.geteuid()
    (finding,) = installation.examine_account(service, account)
    assert "no such user" in finding.message
    assert finding.remedy == "sudo systemd-sysusers"
