"""The command line of the converter, ``facedoor-convert``."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from facedoor.errors import FacedoorError
from facedoor_convert.cli import build, calibrate, evaluate, liveness, train

if TYPE_CHECKING:
    from collections.abc import Sequence

_BROKEN, _INTERRUPTED = 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the process's exit code: 0 done, 2 wrong use, 3 something is broken."""
    options = parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except FacedoorError as error:
        return _fail(str(error), error.exit_code)
    except ModuleNotFoundError as error:
        return _fail(f"{error.name} is not installed: pip install 'facedoor[convert]'", _BROKEN)
    except KeyboardInterrupt:
        return _fail("interrupted; what was there before is as it was", _INTERRUPTED)
    except Exception as error:  # the last resort: a person gets a sentence, never a traceback
        return _fail(f"unexpected {type(error).__name__} ({error}): please report it", _BROKEN)


def parser() -> argparse.ArgumentParser:
    """What the command line can say."""
    made = argparse.ArgumentParser(
        prog="facedoor-convert",
        description="Builds and measures the packs of models that a facedoor runs.",
    )
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    for command in (build, evaluate, calibrate, liveness, train):
        command.add_to(commands)
    return made


def _fail(message: str, exit_code: int) -> int:
    print(f"facedoor-convert: {message}", file=sys.stderr)
    return exit_code
