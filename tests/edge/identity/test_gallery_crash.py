"""An enrolment that is killed on its way has happened, or has not: never by halves."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from facedoor.identity.gallery import Gallery
from vaults import VAULT, open_store

ENROL_AND_DIE = """
import itertools, os, signal, sys
from pathlib import Path
import numpy as np
from facedoor.identity.gallery import Gallery
from facedoor.storage.store import open_store
from facedoor.storage.vault import Vault

def enrol_and_die_at(number):
    statements = 0
    def die_at(statement):
        nonlocal statements
        statements += 1
        if statements == number:
            os.kill(os.getpid(), signal.SIGKILL)

    vault = Vault(bytes(range(32)))
    db = open_store(Path(sys.argv[1]) / str(number) / "facedoor.db", vault)
    gallery = Gallery(db, vault)
    db.set_trace_callback(die_at)
    gallery.add("Anna", np.eye(3, dtype=np.float32), "a")
    print("enrolled", statements, flush=True)
    os._exit(0)

for number in itertools.count(1):
    child = os.fork()
    if not child:
        enrol_and_die_at(number)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        sys.exit(os.waitstatus_to_exitcode(status))
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


def test_kill_before_any_statement_leaves_nothing_and_after_the_last_everything(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", ENROL_AND_DIE, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    last = len(list(tmp_path.iterdir()))
    assert ended.stdout == f"enrolled {last - 1}\n"
    assert last > FEWEST_STATEMENTS
    for number in range(1, last + 1):
        with closing(open_store(tmp_path / str(number) / "facedoor.db")) as db:
            gallery = Gallery(db, VAULT)
            if number < last:
                assert (gallery.people(), gallery.revision()) == ([], 0)
            else:
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
