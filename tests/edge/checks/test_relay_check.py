from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

from facedoor.checks import relay
from facedoor.checks.installation import Account
from facedoor.checks.processes import Process
from facedoor.checks.relay import Level, Line, examine_relay, judge_use, level_of, parse_line
from facedoor.config.options import Config, DoorConfig
from machine_kit import Machine

GPIO = Config(door=DoorConfig(relay="gpio", pin=17))
CONFIG_TXT = Path("/boot/firmware/config.txt")
FREE = Line("", is_used=False, is_output=False)
TAKEN = Line("lg", is_used=True, is_output=True)
FACEDOOR = Process(7, "facedoor", "facedoor.service")


def rest(pin: int, active_high: bool, level: Level | None = None) -> tuple[bool, str, str]:
    config = DoorConfig(pin=pin, active_high=active_high)
    found = list(relay.judge_rest(config, level, pin <= 8, CONFIG_TXT))
    return all(f.ok for f in found), " ".join(f.message for f in found), found[0].remedy


def test_line_that_is_free_or_the_running_services_is_fine() -> None:
    assert judge_use(17, FREE, [], is_running=False).ok
    found = judge_use(17, TAKEN, [FACEDOOR], is_running=True)
    assert (found.ok, found.message) == (True, "GPIO17, in use by facedoor.service (running)")
    # Without root nobody sees who has the chip open.
    assert judge_use(17, TAKEN, [], is_running=True).ok


def test_line_of_somebody_else_is_told_with_what_ends_it() -> None:
    other = Process(9, "python3", "garage.service")
    for is_running in (False, True):
        found = judge_use(17, TAKEN, [other], is_running)
        assert not found.ok
        assert found.message == "GPIO17 is in use by lg, perhaps garage.service (process 9)"
        assert found.remedy == "sudo systemctl stop garage.service"


def test_line_of_the_kernel_is_freed_in_config_txt() -> None:
    found = judge_use(4, Line("onewire@4", is_used=True, is_output=False), [], is_running=False)
    assert "in use by onewire@4" in found.message
    assert "config.txt" in found.remedy


def test_relay_that_rests_off_is_fine_as_far_as_can_be_told_and_one_left_on_is_not() -> None:
    ok, message, _ = rest(17, active_high=True)
    assert ok
    assert "only the relay test of facedoor setup can tell" in message
    ok, message, remedy = rest(17, active_high=True, level=Level(is_high=True, is_output=True))
    assert not ok
    assert "still driven high" in message
    assert remedy == "facedoor relay-off"


def test_relay_that_boots_energised_is_a_problem() -> None:
    for pin, active_high, other, pins in ((17, False, "dh", "0 to 8"), (5, True, "dl", "9 to 27")):
        ok, message, remedy = rest(pin, active_high)
        assert not ok, pin
        assert "while the Pi boots" in message
        assert "facedoor setup" in remedy
        assert f"gpio={pin}=op,{other} to {CONFIG_TXT}" in remedy
        assert pins in remedy


def test_level_that_is_read_counts_more_than_the_pins_own_pull() -> None:
    assert rest(17, active_high=False, level=Level(is_high=True, is_output=False))[0]
    assert not rest(17, active_high=True, level=Level(is_high=True, is_output=False))[0]


def test_level_is_read_by_the_pis_own_tools(machine: Machine) -> None:
    for program, answer, level in [
        ("pinctrl", "17: ip    pd | lo // GPIO17 = input", Level(False, False)),
        ("pinctrl", "17: op dh pu | hi // GPIO17 = output", Level(True, True)),
        ("raspi-gpio", "GPIO 17: level=1 fsel=1 func=OUTPUT pull=DOWN", Level(True, True)),
        ("raspi-gpio", "GPIO 17: level=0 fsel=0 func=INPUT pull=DOWN", Level(False, False)),
        ("pinctrl", "something else", None),
    ]:
        machine.program(program, answer)
        assert level_of(17) == level, answer
        (machine.programs / program).unlink()


def test_without_those_tools_no_level_is_known(machine: Machine) -> None:
    assert level_of(17) is None


def test_config_txt_says_how_a_pin_boots(machine: Machine) -> None:
    for line, is_high in [
        ("gpio=17=op,dh", True),
        ("gpio=4,16-18=pu", True),
        ("gpio=17=ip,pd", False),
        ("#gpio=17=pu", False),
        ("gpio=18-27=pu", False),
        ("gpio=17=np", False),
    ]:
        machine.write("boot/firmware/config.txt", f"[all]\n{line}\ndtparam=audio=on\n")
        assert relay.is_high_at_boot(17, machine.root) is is_high, line


def test_answer_of_the_kernel_is_read() -> None:
    answer = struct.pack("=32s32sIIQ", b"GPIO17", b"lg", 17, 0, 0b1001).ljust(256, b"\0")
    assert parse_line(answer) == TAKEN
    assert parse_line(bytes(256)) == FREE


def test_user_outside_the_group_gpio_is_told(machine: Machine) -> None:
    machine.device("gpiochip0")
    stranger = Account(uid=4711, gid=4711, name="ada", groups=frozenset({4711}))
    found = list(examine_relay(replace(machine.installation(GPIO), account=stranger)))
    assert any("usermod -aG" in finding.remedy for finding in found)
    assert not any(finding.ok for finding in found)


def test_chip_that_does_not_answer_is_told(machine: Machine) -> None:
    machine.device("gpiochip0")
    assert any("does not answer" in found.message for found in machine.problems("relay", GPIO))


def test_simulated_relay_is_said_to_open_no_door(machine: Machine) -> None:
    settings = Config(door=DoorConfig(relay="simulated"))
    (found,) = examine_relay(machine.installation(settings))
    assert (found.ok, found.message) == (True, "simulated: no door will open")
