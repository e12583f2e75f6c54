"""No damaged file crashes a parser, gets past it, or makes it take much memory."""

from __future__ import annotations

from pathlib import Path

from accidents import INPUTS, refused_by


def test_damaged_files_are_refused_and_cost_no_memory() -> None:
    refused = refused_by(Path(__file__).with_name("fuzz_parsers.py"))
    assert sum(refused.values()) == INPUTS
