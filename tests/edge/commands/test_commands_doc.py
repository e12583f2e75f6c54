from __future__ import annotations

from pathlib import Path

from facedoor.wire.mode import Mode
from facedoor.wire.outcomes import Refusal
from facedoor.wire.requests import COMMANDS
from facedoor.wire.roles import Role

DOCUMENT = (Path(__file__).parents[3] / "docs" / "commands.md").read_text()


def test_every_word_stands_in_the_document() -> None:
    for word in (*Refusal, *COMMANDS, *Role, *Mode):
        assert f"`{word}`" in DOCUMENT, word


def test_every_refusal_is_explained_in_a_sentence() -> None:
    for refusal in Refusal:
        assert len(refusal.explanation) > 10, refusal
        assert not refusal.explanation.endswith("."), refusal
