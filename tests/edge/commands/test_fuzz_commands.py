from __future__ import annotations

from pathlib import Path

from accidents import INPUTS, refused_by


def test_damaged_commands_and_pictures_are_refused_and_cost_no_memory() -> None:
    refused = refused_by(Path(__file__).with_name("fuzz_commands.py"))
    assert refused["damaged_token"] > 0.9 * INPUTS / len(refused)
    assert all(refused.values())
