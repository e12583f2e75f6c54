"""The systemd unit: whether the door runs, and will run after the next boot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from facedoor.checks.finding import Finding, fine, problem
from facedoor.checks.programs import answer_of

UNIT = "facedoor.service"
_PROPERTIES = "LoadState,ActiveState,SubState,UnitFileState,Result,User,SupplementaryGroups"


@dataclass(frozen=True, slots=True)
class Service:
    """What systemd says of the unit, in its own words; all empty where systemd does not run."""

    load: str = ""
    active: str = ""
    sub: str = ""
    enabled: str = ""
    result: str = ""
    user: str = ""
    groups: tuple[str, ...] = ()

    @property
    def is_installed(self) -> bool:
        return self.load not in {"", "not-found"}

    @property
    def is_running(self) -> bool:
        """Whether its process is there, and so holds the camera and the relay's pin."""
        return self.sub != "auto-restart" and self.active in {
            "active",
            "activating",
            "deactivating",
            "reloading",
        }


def find_service(root: Path) -> Service:
    """The service of this machine; ``root`` is the folder that ``run`` is in."""
    if not (root / "run" / "systemd" / "system").is_dir():
        return Service()
    text = answer_of("systemctl", "show", UNIT, f"--property={_PROPERTIES}")
    said = dict(line.split("=", 1) for line in (text or "").splitlines() if "=" in line)
    return Service(
        load=said.get("LoadState", ""),
        active=said.get("ActiveState", ""),
        sub=said.get("SubState", ""),
        enabled=said.get("UnitFileState", ""),
        result=said.get("Result", ""),
        user=said.get("User", ""),
        groups=tuple(said.get("SupplementaryGroups", "").split()),
    )


def examine_service(service: Service) -> Iterator[Finding]:
    """Whether the unit does what it is there for."""
    name = "service"
    log = f"journalctl -u {UNIT} -n 50"
    if not service.load:
        yield fine(name, "systemd does not run here: start the door by hand, with facedoor run")
    elif not service.is_installed:
        yield fine(name, f"{UNIT} is not installed: start the door by hand, with facedoor run")
    elif service.load == "masked":
        yield problem(
            name, f"{UNIT} is masked, so nothing can start it", f"sudo systemctl unmask {UNIT}"
        )
    elif service.active == "failed":
        yield problem(
            name,
            f"{UNIT} has failed ({service.result})",
            f"{log}; what is wrong mended: sudo systemctl restart {UNIT}",
        )
    elif service.sub == "auto-restart":
        yield problem(name, f"{UNIT} ends again and again ({service.result})", log)
    elif not service.is_running:
        yield problem(name, f"{UNIT} does not run", f"sudo systemctl enable --now {UNIT}")
    elif service.enabled == "disabled":
        yield problem(
            name,
            f"{UNIT} runs, but nothing starts it at the next boot",
            f"sudo systemctl enable {UNIT}",
        )
    else:
        yield fine(name, f"{UNIT} ({'running' if service.active == 'active' else service.active})")
