"""What is examined: a configuration, and the machine that it is for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from facedoor.checks.account import Account, account_of
from facedoor.checks.unit import Service, find_service
from facedoor.config.options import Config


@dataclass(frozen=True, slots=True)
class Installation:
    """A door that may be installed as a service.

    ``root`` is where the machine's own folders are, ``proc``, ``dev``, ``run``, ``boot``; paths
    of the configuration are not below it.
    """

    settings: Config
    config_file: Path
    root: Path
    service: Service
    account: Account

    @classmethod
    def of(cls, settings: Config, config_file: Path, root: Path) -> Installation:
        service = find_service(root)
        return cls(settings, config_file, root, service, account_of(service))
