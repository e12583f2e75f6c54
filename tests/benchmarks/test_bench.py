import sys

import pytest

from benchmarks.figures import Figure, from_json, table, to_json
from benchmarks.processes import run
from facedoor.errors import FacedoorError


def test_a_missed_target_is_marked():
    lines = table({"slow": Figure(2.0, "s", 1.5), "quick": Figure(1.0, "s", 1.5)}).splitlines()
    assert "MISSED" in lines[1]
    assert "met" in lines[2]


def test_a_figure_without_a_target_has_no_verdict():
    assert Figure(2.0, "s").verdict == ""


def test_figures_survive_the_way_through_json():
    figures = {"one": Figure(1.5, "s", 2.0, "why"), "name": Figure("a processor", "")}
    assert from_json(to_json(figures)) == figures


def test_a_command_that_fails_is_reported_with_its_last_words():
    with pytest.raises(FacedoorError, match="no luck today"):
        run(sys.executable, "-c", "raise SystemExit('no luck today')")
