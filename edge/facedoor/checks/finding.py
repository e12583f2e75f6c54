"""What a check says about one thing, and how a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_GREEN, _RED, _PLAIN = "\x1b[32m", "\x1b[1;31m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``remedy`` says what mends it, where it has to be mended."""

    subject: str
    ok: bool
    message: str
    remedy: str = ""


def problem(subject: str, message: str, remedy: str) -> Finding:
    """Something that has to be mended."""
    return Finding(subject, ok=False, message=message, remedy=remedy)


def fine(subject: str, message: str) -> Finding:
    """Something that is as it should be, or that does not exist here."""
    return Finding(subject, ok=True, message=message)


def lines(findings: Iterable[Finding], coloured: bool) -> Iterator[str]:
    """The findings as people read them: a line for each, and below a problem what mends it."""
    green, red, plain = (_GREEN, _RED, _PLAIN) if coloured else ("", "", "")
    for finding in findings:
        verdict = f"{green}ok     {plain}" if finding.ok else f"{red}PROBLEM{plain}"
        yield f"{verdict}  {finding.subject}: {finding.message}"
        if finding.remedy:
            yield f"         mend it: {finding.remedy}"
