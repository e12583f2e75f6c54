"""How a command answers: its exit code, and with ``--json`` one object on one line."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from facedoor.config.options import Config

if TYPE_CHECKING:
    import sqlite3

    from facedoor.storage.vault import Vault

DONE = 0
NEGATIVE = 1
"""Refused, or a negative answer."""
WRONG_USE = 2
BROKEN = 3


def print_json(values: Mapping[str, object]) -> None:
    """Answer with ``values``."""
    print(json.dumps(values, ensure_ascii=False), flush=True)


@contextmanager
def state(settings: Config) -> Iterator[tuple[sqlite3.Connection, Vault]]:
    from facedoor.storage.key_file import load_vault
    from facedoor.storage.store import open_store, scrub_if_possible

    vault = load_vault(settings)
    with closing(open_store(settings.database, vault)) as db:
        yield db, vault
        scrub_if_possible(db)


def done(options: argparse.Namespace, text: str, **values: object) -> int:
    if options.json:
        print_json(values)
    else:
        print(text, flush=True)
    return DONE
