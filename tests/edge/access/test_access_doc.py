from __future__ import annotations

from pathlib import Path

from facedoor.access.document import parse
from facedoor.access.rules import Factor
from facedoor.reasons import Reason

DOCUMENT = (Path(__file__).parents[3] / "docs" / "access.md").read_text()


def test_example_is_a_document_that_uses_every_key() -> None:
    _, _, rest = DOCUMENT.partition("<!-- example -->\n```toml\n")
    example, _, _ = rest.partition("```\n<!-- /example -->")
    rules = parse(example)
    assert set(rules.schedules) == {"office", "nights"}
    assert rules.groups["guards"].second_factor is Factor.BUTTON
    assert rules.groups["strongroom"].two_persons_within_s == 30
    assert rules.groups["strongroom"].false_match_rate == 1e-6
    assert rules.default_group == "family"
    assert (rules.lockout.after, rules.lockout.first_s, rules.lockout.longest_s) == (5, 30, 3600)


def test_reasons_are_told_with_what_the_visitor_hears() -> None:
    for reason in (
        Reason.RECOGNISED,
        Reason.NOT_ALLOWED_NOW,
        Reason.NOT_VALID,
        Reason.SECOND_FACTOR,
        Reason.WRONG_CODE,
        Reason.SECOND_PERSON,
        Reason.LOCKED_OUT,
    ):
        assert f"| `{reason}` | {reason.guidance} |" in DOCUMENT
