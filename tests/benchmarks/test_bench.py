import json
import sys
from functools import partial
from itertools import accumulate, repeat

import pytest

from benchmarks import lfw
from benchmarks.bench_converter import in_turns
from benchmarks.figures import Figure, from_json, left_out, measured, table, to_json
from benchmarks.processes import run
from benchmarks.processor import parse
from facedoor.errors import FacedoorError, UsageError


def test_a_target_is_marked_as_met_or_missed_if_there_is_one():
    lines = table({"slow": Figure(2.0, "s", 1.5), "quick": Figure(1.0, "s", 1.5)}).splitlines()
    assert "MISSED" in lines[1]
    assert "met" in lines[2]
    assert Figure(2.9, "x", 3.0, at_least=True).verdict == "MISSED"
    assert Figure(3.0, "x", 3.0, at_least=True).verdict == "met"
    assert Figure(2.0, "s").verdict == ""


def test_a_figure_that_was_left_out_says_why_and_is_no_result():
    figures = {"one": Figure(1.5, "s"), "keras": left_out("install Keras")}
    assert table(figures).splitlines()[2].split() == ["keras", "left", "out", "install", "Keras"]
    assert set(json.loads(to_json(measured(figures)))) == {"one"}


def test_figures_survive_the_way_through_json():
    figures = {
        "one": Figure(1.5, "s", 2.0, "why"),
        "name": Figure("a processor", ""),
        "none": left_out("no photos"),
        "many": Figure(3.5, "x", 3.0, at_least=True),
    }
    assert from_json(to_json(figures)) == figures


def test_a_command_that_fails_is_reported_with_its_last_words():
    with pytest.raises(FacedoorError, match="no luck today"):
        run(sys.executable, "-c", "raise SystemExit('no luck today')")


def test_photos_of_lfw_may_lie_in_a_folder_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setenv("FACEDOOR_LFW", str(tmp_path))
    monkeypatch.delenv("FACEDOOR_LFW_PAIRS", raising=False)
    assert lfw.places() == (tmp_path, tmp_path / "pairs.txt")
    (tmp_path / "lfw").mkdir()
    assert lfw.places() == (tmp_path / "lfw", tmp_path / "pairs.txt")


def test_without_lfw_it_is_said_how_to_name_it(monkeypatch):
    monkeypatch.delenv("FACEDOOR_LFW", raising=False)
    with pytest.raises(UsageError, match="FACEDOOR_LFW"):
        lfw.places()


def test_a_processor_with_a_dot_product_is_known_by_its_flags_and_a_pi_4_has_none():
    found = parse("model name\t: Some Xeon\nflags\t\t: fpu avx2 avx512f avx512_vnni\n", 2)
    assert found.name == "Some Xeon"
    assert found.flags == ("avx2", "avx512f", "avx512_vnni")
    assert found.has_dot_product
    assert parse("Features\t: fp asimd asimdhp asimddp\n", 4).has_dot_product
    assert not parse("Features\t: fp asimd crc32\n", 4).has_dot_product


def test_networks_run_in_turns_and_the_first_turns_do_not_count():
    ran = []
    runs = {name: partial(ran.append, name) for name in ("int8", "float32")}
    seconds = accumulate(repeat(1))
    times_ms = in_turns(runs, warm_up=1, turns=2, clock=lambda: next(seconds))
    assert ran == ["int8", "float32"] * 3
    assert times_ms == {"int8": [1000, 1000], "float32": [1000, 1000]}
