"""An enrolment that is killed on its way has happened, or has not: never by halves."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from facedoor.identity.gallery import Gallery
from vaults import VAULT, open_store

ENROL_AND_DIE = """
import os, signal, sys
from pathlib import Path
import numpy as np
from facedoor.identity.gallery import Gallery
from facedoor.storage.store import open_store
from facedoor.storage.vault import Vault

statements = 0
def die_at(statement):
    global statements
    statements += 1
    if statements == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

vault = Vault(bytes(range(32)))
db = open_store(Path(sys.argv[1]), vault)
gallery = Gallery(db, vault)
db.set_trace_callback(die_at)
gallery.add("Anna", np.eye(3, dtype=np.float32), "a")
print("enrolled", statements)
"""

ENROL_ON_AND_ON = """
import itertools, sys
from pathlib import Path
import numpy as np
from facedoor.identity.gallery import Gallery
from facedoor.storage.store import open_store
from facedoor.storage.vault import Vault

vault = Vault(bytes(range(32)))
gallery = Gallery(open_store(Path(sys.argv[1]), vault), vault)
for number in itertools.count():
    gallery.add(f"person {number}", np.eye(20, dtype=np.float32), "a")
    print(number, flush=True)
"""

FEWEST_STATEMENTS = 20
"""Of one enrolment with three templates: among them BEGIN, the person, the templates, what
the triggers note for ledger and roster, COMMIT."""


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_kill_before_any_statement_leaves_nothing_and_after_the_last_everything(
    tmp_path: Path,
) -> None:
    for statement in itertools.count(1):
        path = tmp_path / str(statement) / "facedoor.db"
        ended = run(ENROL_AND_DIE, path, statement)
        gallery = Gallery(open_store(path), VAULT)
        if ended.returncode != -signal.SIGKILL:
            break
        assert (gallery.people(), gallery.revision()) == ([], 0)
    assert ended.stdout == f"enrolled {statement - 1}\n"
    assert statement > FEWEST_STATEMENTS
    assert gallery.person("Anna").templates == 3


@pytest.mark.parametrize("confirmed", [1, 2, 5, 20, 60])
def test_kill_at_any_moment_keeps_what_was_confirmed(tmp_path: Path, confirmed: int) -> None:
    path = tmp_path / "facedoor.db"
    command = [sys.executable, "-c", ENROL_ON_AND_ON, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        for _ in range(confirmed):
            child.stdout.readline()
        child.kill()
    gallery = Gallery(open_store(path), VAULT)
    people = gallery.people()
    assert len(people) == gallery.revision() >= confirmed
    assert {person.templates for person in people} == {20}
