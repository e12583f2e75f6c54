"""The layout of the state file, and the steps that lead to it from every older one.

Each step is one version of ``PRAGMA user_version``. Steps are added, not changed: files that have
passed one never see it again. The newest may still get parts until it is released, which is when
it gets its fixture (``tests/edge/storage/test_store.py``).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TypeAlias

from facedoor.storage.vault import Vault
from facedoor.storage.version_7 import VERSION_7
from facedoor.storage.version_8 import VERSION_8
from facedoor.storage.version_9 import VERSION_9
from facedoor.storage.versions_1_to_6 import (
    VERSION_1,
    VERSION_3,
    VERSION_4,
    VERSION_5,
    VERSION_6,
    seal_everything,
)

Step: TypeAlias = tuple[str | Callable[[sqlite3.Connection, Vault], None], ...]

MIGRATIONS: tuple[Step, ...] = (
    VERSION_1,
    (seal_everything,),
    VERSION_3,
    VERSION_4,
    VERSION_5,
    VERSION_6,
    VERSION_7,
    VERSION_8,
    VERSION_9,
)
