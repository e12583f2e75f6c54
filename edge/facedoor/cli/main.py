"""The process of one command: how each answer or error leaves it.

Exit codes are :class:`facedoor.errors.ExitCode`. With ``--json`` each answer is one object on one
line; errors are a sentence on stderr.
"""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import os
import re
import sys
import threading
from collections.abc import Sequence
from typing import NoReturn

from facedoor.cli import LogFormat, hint, tables
from facedoor.cli.arguments import parser
from facedoor.cli.completion import complete
from facedoor.config.file import as_in_the_unit
from facedoor.config.options import DEFAULT_FILE
from facedoor.errors import ExitCode, FacedoorError, UsageError
from facedoor.languages import ENGLISH, of_reader, spoken
from facedoor.printable import printable

_KEY_LIKE_AN_OPTION = re.compile(r"-[A-Za-z0-9_-]{42}")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        return _run(arguments)
    except KeyboardInterrupt:  # also while it is only found out what was asked
        return ExitCode.NEGATIVE


def _run(arguments: Sequence[str] | None) -> ExitCode:
    _open_missing_streams()
    made = parser()
    complete(made)
    options = made.parse_args(_with_keys_last(sys.argv[1:] if arguments is None else arguments))
    # A name that this terminal cannot show is escaped rather than an error.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    language = ENGLISH if options.json else of_reader(os.environ)
    try:
        _start_log()
        with as_in_the_unit(options.config or DEFAULT_FILE), spoken(language):
            exit_code: ExitCode = options.command(options, options.load(options.config))
        print(end="", flush=True)  # here, where it may still fail
    except FacedoorError as error:
        for sentence in error.sentences:
            _complain(sentence)
        return error.exit_code
    except BrokenPipeError:  # whoever read our output has gone, as `head` does
        _discard_output()
        return ExitCode.NEGATIVE
    except ModuleNotFoundError as error:  # of what `facedoor-send` leaves out
        _complain(f"{error.name} is not installed here, and this needs it: pip install facedoor")
        return ExitCode.BROKEN
    except Exception as error:
        logging.getLogger(__name__).debug("unexpected", exc_info=True)
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:  # as of `> answer.json`
            _complain("no space is left on a disk that this writes to: make room, then try again")
            with contextlib.suppress(OSError):
                _discard_output()
            return ExitCode.BROKEN
        _complain(
            f"unexpected {type(error).__name__}: {error}; run it again with FACEDOOR_LOG=debug "
            "and report what it prints"
        )
        return ExitCode.BROKEN
    return exit_code


def _with_keys_last(arguments: Sequence[str]) -> list[str]:
    """One public key in 64 begins with a dash, and would be taken for an option where it stands."""
    keys = [word for word in arguments if _KEY_LIKE_AN_OPTION.fullmatch(word)]
    if not keys or "--" in arguments:
        return list(arguments)
    return [*(word for word in arguments if word not in keys), "--", *keys]


def program() -> NoReturn:
    """The process ``facedoor``: one command, and its exit code."""
    exit_code = main()
    if any(thread.daemon for thread in threading.enumerate()):
        # A thread that hangs in a driver is left. Python would kill it in the middle, and native
        # code may then abort the process, so that a service that was stopped seemed to crash.
        for stream in filter(None, (sys.stdout, sys.stderr)):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(exit_code)
    sys.exit(exit_code)


def _open_missing_streams() -> None:
    """Let a stream that whoever started this has closed be one that is empty, and not ``None``."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), "r+"))


def _start_log() -> None:
    """FACEDOOR_LOG=debug shows what each part does; errors never show a traceback without it."""
    level = os.environ.get("FACEDOOR_LOG", "warning").upper()
    if level not in LOG_LEVELS:
        raise UsageError(f"FACEDOOR_LOG is {level.lower()!r}: set it to debug, info or warning")
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_name_the_room)
    handler.setFormatter(LogFormat())
    logging.basicConfig(level=level, handlers=[handler])


def _name_the_room(record: logging.LogRecord) -> bool:
    """Let ``facedoor.service.service`` be ``service``: a person reads it."""
    record.name = record.name.removeprefix("facedoor.").partition(".")[0]
    return True


def _complain(text: str) -> None:
    said = printable(f"facedoor: {' '.join(text.split())}")
    for line in tables.fitted(said, sys.stderr).splitlines():
        hint(line)


def _discard_output() -> None:
    """Keep Python from trying, and failing, to write the rest when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    program()
